// The points that the rows of a series make, compared with those in InfluxDB: what is not there is found, told and read again.

import { readFile } from "node:fs/promises";
import { expect, influxQuery, influxWrite, type Server, sound, test } from "./harness";
import { type Orders, orders } from "./harness/postgres";
import { ran, seriesOf, SQL } from "./harness/trouble";

/** Four hours of an order each minute. */
const ROWS = 240;

async function withOrders(server: Server, use: (made: Orders) => Promise<void>): Promise<void> {
  const made = await orders(server, ROWS);
  try {
    await ran(server, made.series);
    await use(made);
  } finally {
    await made.drop();
  }
}

test("before anything was compared the list says what an audit is", async ({ page }) => {
  await page.goto("/audits");
  await expect(page.getByRole("heading", { name: "Nothing was compared yet" })).toBeVisible();
  await sound(page);
});

test("an audit finds the point that is gone and the one that no row makes, and what can be read again is", async ({ page, server }) => {
  test.setTimeout(180_000);
  await withOrders(server, async ({ series, influx }) => {
    await influxQuery("DELETE FROM orders WHERE time = '2026-11-20T01:30:00Z'", influx);
    await influxWrite(influx, `orders total=1i ${Date.parse("2026-11-20T03:10:10Z")}000000`);

    await page.goto(`/series/${series.id}`);
    await page.getByRole("region", { name: "Past" }).getByRole("link", { name: "Audit…" }).focus();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("combobox", { name: "Series" })).toHaveValue("orders");
    await page.getByRole("button", { name: "Compare", exact: true }).focus();
    await page.keyboard.press("Enter");
    // What is missing is told at its field, which has the focus.
    await expect(page.getByText("Give the first date and time")).toBeVisible();
    await expect(page.getByLabel("From")).toBeFocused();
    // The browser's zone is Berlin, an hour ahead.
    await page.getByLabel("From").fill("2026-11-20T01:00");
    await page.getByLabel("Before").fill("2026-11-20T05:00");
    await expect(page.getByText("About 4 hours.", { exact: false })).toBeVisible();
    await sound(page);
    await page.getByRole("button", { name: "Compare", exact: true }).click();

    await expect(page.getByRole("heading", { level: 1, name: "Audit of orders" })).toBeVisible();
    const found = page.getByRole("region", { name: "What it found" });
    // Without anybody asking.
    await expect(found).toContainText("2 of 4 hours differ", { timeout: 30_000 });
    await expect(found).toContainText(/Missing points1/);
    await expect(found).toContainText(/Surplus points1/);
    await expect(found.getByRole("img")).toHaveAttribute("aria-label", "Where it differs: 2 of 4 equal parts of the range");
    await expect(page.getByText("A surplus point: no row makes it any more.", { exact: false })).toBeVisible();
    const table = page.getByRole("region", { name: "differences" });
    await expect(table.getByRole("row")).toHaveCount(3);
    await sound(page);

    const begun = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save as CSV" }).click();
    const file = await begun;
    expect(file.suggestedFilename()).toBe("differences.csv");
    const lines = (await readFile(await file.path(), "utf8")).trimEnd().split("\r\n");
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/^2026-11-20T01:00:00Z,2026-11-20T02:00:00Z,60,60,59,1,0,0,/);

    await page.getByRole("button", { name: "Read these again" }).click();
    const dialog = page.getByRole("dialog", { name: "Read these again" });
    await expect(dialog).toContainText("A backfill reads");
    await expect(dialog).toContainText("1 surplus point stays");
    await sound(page);
    await dialog.getByRole("button", { name: /^Read (it|\d+ chunks)$/ }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Backfill of orders" })).toBeVisible();
    await expect(page.getByRole("status").filter({ hasText: "succeeded" })).toBeVisible({ timeout: 30_000 });
    expect(await influxQuery("SELECT total FROM orders WHERE time = '2026-11-20T01:30:00Z'", influx)).toEqual([[expect.any(String), 91]]);

    await page.goBack();
    await page.getByRole("button", { name: "Compare again" }).click();
    // The point that no row makes is still there, and reading again would not take it away.
    await expect(found).toContainText("1 of 4 hours differs", { timeout: 30_000 });
    await expect(page.getByRole("button", { name: "Read these again" })).toHaveCount(0);
    await influxQuery("DELETE FROM orders WHERE time = '2026-11-20T03:10:10Z'", influx);
    await page.getByRole("button", { name: "Compare again" }).click();
    await expect(found).toContainText("All 4 hours agree", { timeout: 30_000 });
    await sound(page);

    await page.goto("/audits");
    await expect(page.getByRole("region", { name: "Audits" }).getByRole("row")).toHaveCount(4);
    await sound(page);
    await page.goto(`/series/${series.id}`);
    await expect(page.getByRole("region", { name: "Past" })).toContainText("All 4 hours agree");
  });
});

test("a snapshot series cannot be compared, and it is told why", async ({ page, server }) => {
  const series = await seriesOf(server, "now", SQL.succeeded);
  await page.goto(`/audits/new?series=${series.id}`);
  await expect(page.getByText("A snapshot series cannot be compared")).toBeVisible();
  await sound(page);
});
