// Runs: the list, narrowed and paged and fresh by itself; one run with its reason, rejects and phases.

import { expect, sound, test } from "./harness";
import { ran, seriesOf, SQL } from "./harness/trouble";

test("a run that begins elsewhere appears in the list and changes in place", async ({ page, server }) => {
  await page.goto("/runs");
  await expect(page.getByRole("heading", { name: "Nothing has run yet" })).toBeVisible();
  await sound(page);
  const series = await seriesOf(server, "without end", SQL.running);
  const { id } = await server.api<{ id: string }>("POST", `/api/v1/series/${series.id}/run`, {});
  const row = page.getByRole("row", { name: /without end/ });
  await expect(row).toContainText("running");
  await server.api("POST", `/api/v1/runs/${id}/cancel`);
  await expect(row).toContainText("cancelled");
});

test("a running run is stopped on its page, and the page follows", async ({ page, server }) => {
  const series = await seriesOf(server, "without end", SQL.running);
  const { id } = await server.api<{ id: string }>("POST", `/api/v1/series/${series.id}/run`, {});
  await page.goto(`/runs/${id}`);
  await expect(page.getByText("running", { exact: true })).toBeVisible();
  await sound(page);
  await page.getByRole("button", { name: "Stop" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByText("cancelled", { exact: true })).toBeVisible();
  await expect(page.getByText("Run it again when it is wanted")).toBeVisible();
});

test("a failed run shows its reason, its code and what to do, and runs again for its slot", async ({ page, server }) => {
  const series = await seriesOf(server, "orders", SQL.failed);
  const run = await ran(server, series);
  await page.goto(`/runs/${run.id}`);
  await expect(page.getByRole("heading", { name: "orders", level: 1 })).toBeVisible();
  await expect(page.getByText("failed", { exact: true }).first()).toBeVisible();
  const why = page.getByRole("alert").filter({ hasText: "Why" });
  await expect(why).toContainText("no such table: ordres");
  await expect(why).toContainText("Correct the query");
  await expect(why).toContainText("TRB-SQL-006");
  await expect(page.getByRole("log", { name: "Log of the run" })).toContainText("Failed: running the query");
  await sound(page);

  await page.getByRole("button", { name: "Run again" }).click();
  await expect(page).not.toHaveURL(new RegExp(run.id));
  await expect(page.getByText("failed", { exact: true }).first()).toBeVisible();
  const slot = page.getByRole("region", { name: "All runs of this slot" });
  await expect(slot.getByRole("row")).toHaveCount(3);

  // The runs before, by keyboard: one stop, the arrows choose, Enter opens.
  const bars = page.getByRole("group", { name: /Rows of the last 2 runs/ });
  await bars.getByRole("link").last().focus();
  await page.keyboard.press("ArrowLeft");
  await expect(bars.getByRole("link").first()).toBeFocused();
  await expect(bars.getByRole("link").first()).toHaveAccessibleName(/: 0 rows, failed/);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(run.id));
});

test("rejects are listed with their row and their reason, and the figures add up", async ({ page, server }) => {
  const run = await ran(server, await seriesOf(server, "orders", SQL.partial));
  await page.goto(`/runs/${run.id}`);
  const rejects = page.getByRole("region", { name: "Rejects" });
  await expect(rejects.getByRole("row", { name: /^2 No field has a value/ })).toBeVisible();
  for (const [name, value] of [["Rows read", "2"], ["Points written", "1"], ["Rejected", "1"]] as const) {
    await expect(page.getByRole("definition").filter({ has: page.getByText(value, { exact: true }) }).or(page.getByText(name)).first()).toBeVisible();
  }
  for (const phase of ["Open", "Read", "Shape", "Write"]) {
    await expect(page.getByRole("listitem").filter({ has: page.getByText(phase, { exact: true }) })).toContainText(/ms|s/);
  }
  await sound(page);
});

test("the list is narrowed by the address, page by page, and back", async ({ page, server }) => {
  const orders = await seriesOf(server, "orders", SQL.succeeded);
  const stock = await seriesOf(server, "stock", SQL.failed);
  await ran(server, stock);
  for (let at = 0; at < 55; at += 1) await server.api("POST", `/api/v1/series/${orders.id}/run`, {});

  await page.goto("/runs");
  const rows = page.getByRole("region", { name: "Runs" }).getByRole("row");
  await expect(rows).toHaveCount(51);
  await page.getByRole("button", { name: "Older" }).click();
  await expect(page).toHaveURL(/before=/);
  await expect(rows).toHaveCount(7);
  await expect(page.getByRole("row", { name: /stock/ })).toBeVisible();
  await sound(page);
  await page.getByRole("button", { name: "To the newest" }).click();
  await expect(rows).toHaveCount(51);

  await page.getByRole("combobox", { name: "Status" }).click();
  await page.getByRole("option", { name: "failed" }).click();
  await expect(page).toHaveURL(/status=failed/);
  await expect(rows).toHaveCount(2);
  await page.reload();
  await expect(page.getByRole("combobox", { name: "Status" })).toHaveValue("failed");
  await expect(rows).toHaveCount(2);
  await page.goto("/runs?status=failed&series=orders");
  await expect(page.getByRole("heading", { name: "No run is like that" })).toBeVisible();
  await page.getByRole("search").getByRole("button", { name: "Show all" }).click();
  await expect(rows).toHaveCount(51);
  await page.goto("/runs?until=2020-01-01T00:00:00Z");
  await expect(page.getByLabel("Until")).toHaveValue(/^20(19|20)-/);
  await expect(page.getByRole("heading", { name: "No run is like that" })).toBeVisible();
});

test("an address of no run leads nowhere", async ({ page }) => {
  await page.goto("/runs/01a1fd16-e27e-7e6e-9e12-99a4e9f05292");
  await expect(page.getByRole("heading", { name: "There is nothing at this address" })).toBeVisible();
});
