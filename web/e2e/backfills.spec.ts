// A range of a series' past, read once more: planned, followed, paused, cancelled, and its failed chunks run again.

import { expect, influxQuery, type Server, sound, test } from "./harness";
import { type Orders, orders } from "./harness/postgres";
import { ran, seriesOf, SQL } from "./harness/trouble";

const ROWS = 600;

async function withOrders(server: Server, use: (made: Orders) => Promise<void>): Promise<void> {
  const made = await orders(server, ROWS);
  try {
    await use(made);
  } finally {
    await made.drop();
  }
}

/** One that goes on until somebody ends it: after each chunk it rests for an hour. */
async function slow(server: Server, { series }: Orders): Promise<{ id: string }> {
  return server.api("POST", `/api/v1/series/${series.id}/backfills`, { from: "1", to: "601", chunk: 100, pause_s: 3_600 });
}

test("before anything was read once more the list says what it is for", async ({ page }) => {
  await page.goto("/backfills");
  await expect(page.getByRole("heading", { name: "No past was read once more yet" })).toBeVisible();
  await sound(page);
});

test("a backfill is planned and begun from the series' page with the keyboard, followed to its end, and its points are there", async ({ page, server }) => {
  await withOrders(server, async ({ series, influx }) => {
    await ran(server, series);
    await influxQuery("DROP MEASUREMENT orders", influx);
    await page.goto(`/series/${series.id}`);
    await page.getByRole("region", { name: "Past" }).getByRole("link", { name: "Backfill…" }).focus();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("combobox", { name: "Series" })).toHaveValue("orders");
    await expect(page.getByText("The series has delivered all rows up to 600.", { exact: false })).toBeVisible();

    await page.getByRole("textbox", { name: "From" }).focus();
    await page.keyboard.press("Enter");
    await expect(page.getByText("Give the first value that is read")).toBeVisible();
    await page.keyboard.type("first");
    await page.keyboard.press("Enter");
    // What the server refuses stands at its field, which has the focus.
    await expect(page.getByText("give a value of the cursor `id`", { exact: false })).toBeVisible();
    await expect(page.getByRole("textbox", { name: "From" })).toBeFocused();
    await page.keyboard.press("Control+A");
    await page.keyboard.type("1");
    await page.getByRole("textbox", { name: "Length of a chunk" }).focus();
    await page.keyboard.type("100");
    await page.keyboard.press("Enter");
    const plan = page.getByRole("alert").filter({ hasText: "6 chunks of 100 values" });
    await expect(plan).toContainText("Nothing is read or written yet");
    await plan.getByText("All of them").click();
    await expect(plan.getByRole("listitem")).toHaveCount(6);
    await sound(page);
    expect((await server.api<{ items: unknown[] }>("GET", "/api/v1/backfills")).items).toEqual([]);

    await page.getByRole("button", { name: "Read 6 chunks" }).focus();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("heading", { level: 1, name: "Backfill of orders" })).toBeVisible();
    // Without anybody asking.
    await expect(page.getByRole("region", { name: "Progress" })).toContainText("6 of 6 chunks done", { timeout: 30_000 });
    await expect(page.getByRole("status").filter({ hasText: "succeeded" })).toBeVisible();
    await expect(page.getByRole("region", { name: "Progress" })).toContainText(/Rows read600/);
    await sound(page);
    expect(await influxQuery("SELECT count(total) FROM orders", influx)).toEqual([[expect.any(String), ROWS]]);

    await page.getByRole("button", { name: "Copy as" }).click();
    await page.getByRole("menuitem", { name: "Look at it first" }).click();
    await page.getByRole("tab", { name: "Command line" }).click();
    await expect(page.getByRole("tabpanel")).toContainText(/backfill start orders.*--from 1.*--to 601.*--chunk 100/s);
    await page.keyboard.press("Escape");

    await page.getByRole("region", { name: "Chunks" }).first().getByRole("link", { name: "Chunk 6" }).click();
    await expect(page.getByRole("link", { name: "6 of a backfill" })).toBeVisible();
    await page.getByRole("link", { name: "6 of a backfill" }).click();
    await page.getByRole("link", { name: "All its runs" }).click();
    await expect(page.getByText("Chunks of the backfill of orders")).toBeVisible();
    await expect(page.getByRole("region", { name: "Runs" }).getByRole("row")).toHaveCount(7);
    await page.goto(`/series/${series.id}`);
    await expect(page.getByRole("region", { name: "Past" })).toContainText("6 of 6 chunks done");
    await expect(page.getByRole("region", { name: "Cursor" })).toContainText("id = 600");
  });
});

test("a backfill is paused, taken back, gone on with and cancelled, and asks for a person meanwhile", async ({ page, server }) => {
  await withOrders(server, async (made) => {
    const backfill = await slow(server, made);
    await page.goto(`/backfills/${backfill.id}`);
    const state = page.getByRole("status").filter({ hasText: /running|paused|cancelled/ }).first();
    await expect(page.getByRole("region", { name: "Progress" })).toContainText("1 of 6 chunks done");
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(state).toContainText("running");
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    await expect(state).toContainText("paused");

    await page.goto("/");
    await expect(page.getByRole("region", { name: "What needs you" })).toContainText("Somebody paused it.");
    await page.goto(`/backfills/new?series=${made.series.id}`);
    await expect(page.getByText("Another backfill of the series has not ended")).toBeVisible();

    await page.goto("/backfills");
    const row = page.getByRole("region", { name: "Backfills" }).getByRole("row", { name: /orders/ });
    // Each time that it goes on, a chunk begins at once.
    await expect(row).toContainText("2 of 6 chunks done");
    await sound(page);
    await row.getByRole("button", { name: "Resume: backfill of orders" }).click();
    await expect(row).toContainText("running");
    await row.getByRole("button", { name: "Cancel: backfill of orders" }).click();
    const dialog = page.getByRole("dialog", { name: "Cancel the backfill of orders" });
    await expect(dialog.getByRole("button", { name: "Let it go on" })).toBeFocused();
    await sound(page);
    await dialog.getByRole("button", { name: "Cancel it" }).click();
    await expect(row).toContainText("cancelled");
    await expect(row.getByRole("button")).toHaveCount(0);

    await page.getByRole("combobox", { name: "State" }).click();
    await page.getByRole("option", { name: "running" }).click();
    await expect(page).toHaveURL(/state=running/);
    await expect(page.getByRole("heading", { name: "No backfill is like that" })).toBeVisible();
    await page.getByRole("button", { name: "Search and commands" }).click();
    await page.getByRole("textbox", { name: "Search pages and objects" }).fill("backfill of");
    await page.getByRole("option", { name: "Backfill of orders" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Backfill of orders" })).toBeVisible();
  });
});

test("a chunk that fails says why, needs a person, and is run again when the cause is mended", async ({ page, server }) => {
  await withOrders(server, async ({ series, query, influx }) => {
    // Five side by side, the sixth an hour later: before it, its query becomes another.
    const asked = { from: "1", to: "601", chunk: 100, parallel: 5, pause_s: 3_600 };
    const { id } = await server.api<{ id: string }>("POST", `/api/v1/series/${series.id}/backfills`, asked);
    await page.goto(`/backfills/${id}`);
    await expect(page.getByRole("region", { name: "Progress" })).toContainText("5 of 6 chunks done", { timeout: 30_000 });
    await server.api("POST", `/api/v1/backfills/${id}/pause`);
    await server.api("PATCH", `/api/v1/queries/${query.id}`, { sql: `${query.sql} WHERE total > 0` });
    await page.getByRole("button", { name: "Resume" }).click();
    const failed = page.getByRole("region", { name: "1 chunk failed" });
    await expect(failed.getByRole("link", { name: "Chunk 6" })).toBeVisible();
    await expect(failed).toContainText("changed");
    await expect(page.getByRole("status").filter({ hasText: "partial" })).toBeVisible();
    await sound(page);
    await page.goto("/");
    const needs = page.getByRole("region", { name: "What needs you" });
    await expect(needs).toContainText("5 of 6 chunks done, 1 failed. Mend the cause, then run the failed chunks again.");

    await server.api("PATCH", `/api/v1/queries/${query.id}`, { sql: query.sql });
    await needs.getByRole("link", { name: "Backfill of orders" }).click();
    await page.getByRole("button", { name: "Run failed chunks again" }).click();
    await expect(page.getByText("The failed chunk is in line again")).toBeVisible();
    await expect(page.getByRole("region", { name: "Progress" })).toContainText("6 of 6 chunks done", { timeout: 30_000 });
    await expect(failed).toHaveCount(0);
    expect(await influxQuery("SELECT count(total) FROM orders", influx)).toEqual([[expect.any(String), ROWS]]);
  });
});

test("a snapshot series has no past, and it is told why", async ({ page, server }) => {
  const series = await seriesOf(server, "now", SQL.succeeded);
  await page.goto(`/series/${series.id}`);
  await expect(page.getByRole("region", { name: "Past" })).toContainText("a snapshot is of its moment");
  await page.goto("/backfills/new");
  await page.getByRole("combobox", { name: "Series" }).click();
  await page.getByRole("option", { name: "now" }).click();
  await expect(page.getByText("A snapshot series has no past")).toBeVisible();
  await expect(page).toHaveURL(/series=/);
  await sound(page);
});
