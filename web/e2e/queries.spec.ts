// Queries: writing, trying, keeping and deleting them, on real SQLite and PostgreSQL.

import type { Page } from "@playwright/test";
import { expect, real, sound, test, type Server } from "./harness";
import { shopFile } from "./harness/shop";

const editor = (page: Page) => page.getByRole("textbox", { name: "SQL" });

/** Replaces the text of the editor, as a person who pastes does. */
async function write(page: Page, sql: string): Promise<void> {
  await editor(page).focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(sql);
}

async function till(server: Server): Promise<string> {
  return (await server.api<{ id: string }>("POST", "/api/v1/databases", { name: "till", engine: "sqlite", path: await shopFile(server) })).id;
}

async function shop(server: Server): Promise<string> {
  const { hostname, port, username, password, pathname } = new URL(real.postgres());
  const secrets = { password: decodeURIComponent(password) };
  const draft = { name: "shop", engine: "postgres", host: hostname, port: Number(port), database: pathname.slice(1), username, secrets };
  return (await server.api<{ id: string }>("POST", "/api/v1/databases", draft)).id;
}

test("a query with a placeholder is written, tried with Ctrl+Enter, saved and found again with its value", async ({ page, server }) => {
  // Two looks at everything with axe.
  test.slow();
  await till(server);
  await page.goto("/queries");
  await expect(page.getByRole("heading", { name: "No query yet" })).toBeVisible();
  await page.getByRole("link", { name: "Write a query" }).click();
  await write(page, "SELECT country, count(*) AS orders, big, note FROM orders WHERE country = :country GROUP BY id");
  const country = page.getByRole("group", { name: "Placeholder :country" });
  await editor(page).focus();
  await page.keyboard.press("Control+Enter");
  // It needs a value: the field says so and has the focus.
  await expect(country.getByRole("textbox", { name: "Value to try" })).toBeFocused();
  await expect(country.getByText("Give a value, or a default")).toBeVisible();
  await country.getByRole("textbox", { name: "Value to try" }).fill("DE");
  await page.keyboard.press("Control+Enter");

  const rows = page.getByRole("region", { name: "First rows" });
  await expect(rows.getByRole("row")).toHaveCount(3);
  await expect(page.getByText(/^2 rows, all there are · 4 columns · in /)).toBeVisible();
  await expect(rows.getByRole("columnheader", { name: /orders/ })).toContainText("integer");
  // Beyond 2^53, to the last digit; an empty text is no NULL.
  await expect(rows.getByRole("cell", { name: "9007199254740993" })).toBeVisible();
  await expect(rows.getByText("empty text")).toBeVisible();
  await sound(page);

  await page.getByRole("textbox", { name: "Name" }).fill("orders by country");
  await page.getByRole("combobox", { name: "Category" }).fill("sales/daily");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "orders by country", level: 1, exact: true })).toBeVisible();
  await expect(country.getByRole("textbox", { name: "Value to try" })).toHaveValue("DE");
  expect(await server.api("GET", "/api/v1/queries/orders%20by%20country")).toMatchObject({
    category: "sales/daily", parameters: [{ name: "country", kind: "text" }],
  });
  await page.reload();
  await expect(country.getByRole("textbox", { name: "Value to try" })).toHaveValue("DE");
  await sound(page);
});

test("what PostgreSQL says of a wrong query stands at the editor, and the place is marked", async ({ page, server }) => {
  await shop(server);
  await page.goto("/queries/new");
  await write(page, "SELECT 1 AS one,\n  nope\nFROM pg_class");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("alert")).toContainText('line 2, column 3: column "nope" does not exist');
  await expect(editor(page)).toHaveAttribute("aria-invalid", "true");
  await expect(editor(page)).toBeFocused();
  // The word itself is marked, and nothing else.
  await expect(editor(page).locator(".cm-lintRange-error")).toHaveText("nope");
  await sound(page);
  await write(page, "SELECT 1 AS one, now() AS at, NULL::text AS nothing, 12.50::numeric AS exact");
  await expect(page.getByRole("alert")).toBeHidden();
  await page.keyboard.press("Control+Enter");
  const rows = page.getByRole("region", { name: "First rows" });
  await expect(rows.getByRole("columnheader", { name: /at/ })).toContainText("instant");
  await expect(rows.getByRole("cell", { name: /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/ })).toBeVisible();
  await expect(rows.getByRole("cell", { name: "12.50" })).toBeVisible();
  await expect(rows.getByText("NULL")).toBeVisible();
});

test("a statement that writes is refused at the editor before the database sees it", async ({ page, server }) => {
  const id = await till(server);
  await page.goto("/queries/new");
  await write(page, "DELETE FROM orders");
  await page.getByRole("button", { name: "Try" }).click();
  await expect(page.getByRole("alert")).toContainText("a query begins with SELECT");
  const left = await server.api<{ rows: unknown[][] }>("POST", "/api/v1/queries/try", { query: { database_id: id, sql: "SELECT count(*) AS n FROM orders" } });
  expect(left.rows).toEqual([[3]]);
});

test("placeholders of the run are explained, and take other times for a try", async ({ page, server }) => {
  await till(server);
  await page.goto("/queries/new");
  await write(page, "SELECT id FROM orders WHERE created >= :window_start AND created < :window_end");
  await expect(page.getByText("Each run binds these by itself.")).toBeVisible();
  await expect(page.getByText(/The end of the window, not included/)).toBeVisible();
  await page.keyboard.press("Control+Enter");
  await expect(page.getByText(/^0 rows, all there are/)).toBeVisible();
  // 05:00 to 05:03 in UTC; the browser of these tests is in Berlin.
  await page.getByLabel(":window_start").fill("2026-11-21T06:00:00");
  await page.getByRole("button", { name: "Try" }).click();
  await expect(page.getByText("Give both ends of the window, or none")).toBeVisible();
  await page.getByLabel(":window_end").fill("2026-11-21T06:03:00");
  await page.getByRole("button", { name: "Try" }).click();
  await expect(page.getByText(/^2 rows, all there are/)).toBeVisible();
});

test("Tab indents in the editor, and Escape, then Tab leaves it", async ({ page, server }) => {
  await till(server);
  await page.goto("/queries/new");
  await editor(page).focus();
  await page.keyboard.press("Tab");
  await expect(editor(page)).toBeFocused();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  await expect(editor(page)).not.toBeFocused();
  await expect(page.getByText("Esc, then Tab leaves the editor.")).toBeVisible();
});

test("the columns are told without the rows", async ({ page, server }) => {
  await till(server);
  await page.goto("/queries/new");
  await write(page, "SELECT id, total FROM orders");
  await page.getByRole("button", { name: "Columns" }).click();
  const columns = page.getByRole("table", { name: "Columns" });
  await expect(columns.getByRole("row", { name: /total/ })).toContainText("float");
  await expect(columns.getByRole("row", { name: /total/ })).toContainText("REAL");
});

test("queries stand in their categories, which close and open, and are found by their SQL", async ({ page, server }) => {
  const database_id = await till(server);
  for (const [name, category] of [["orders", "sales/daily"], ["stock", "plant"], ["loose", ""]] as const) {
    await server.api("POST", "/api/v1/queries", { name, category, database_id, sql: `SELECT '${name}' AS which` });
  }
  await page.goto("/queries");
  await expect(page.getByRole("link", { name: "orders" })).toBeVisible();
  await sound(page);
  const sales = page.getByRole("button", { name: /sales/ });
  await sales.focus();
  await page.keyboard.press("Enter");
  await expect(sales).toHaveAttribute("aria-expanded", "false");
  await expect(page.getByRole("link", { name: "orders" })).toBeHidden();
  await page.getByRole("textbox", { name: "Search queries" }).fill("'orders' as");
  await expect(page.getByRole("link", { name: "orders" })).toBeVisible();
  await expect(page.getByRole("link", { name: "loose" })).toBeHidden();
  await expect(page.getByText("1 of 3")).toBeVisible();
  await page.getByRole("link", { name: "orders" }).click();
  await expect(editor(page)).toContainText("SELECT 'orders' AS which");
});

test("a query that somebody else changed meanwhile is told, and theirs can be taken", async ({ page, server }) => {
  const database_id = await till(server);
  const { id } = await server.api<{ id: string }>("POST", "/api/v1/queries", { name: "orders", database_id, sql: "SELECT 1 AS one" });
  await page.goto(`/queries/${id}`);
  await write(page, "SELECT 2 AS two");
  await server.api("PATCH", `/api/v1/queries/${id}`, { sql: "SELECT 3 AS three" });
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Somebody else changed the query orders meanwhile")).toBeVisible();
  await page.getByRole("button", { name: "Take theirs, drop mine" }).click();
  await expect(editor(page)).toContainText("SELECT 3 AS three");
});

test("leaving an editor with changes asks; a saved one is left without a word", async ({ page, server }) => {
  const database_id = await till(server);
  const { id } = await server.api<{ id: string }>("POST", "/api/v1/queries", { name: "orders", database_id, sql: "SELECT 1 AS one" });
  await page.goto(`/queries/${id}`);
  await write(page, "SELECT 2 AS two");
  const pages = page.getByRole("navigation", { name: "Pages" });
  await pages.getByRole("link", { name: "Databases" }).click();
  await page.getByRole("dialog", { name: "Leave without saving?" }).getByRole("button", { name: "Stay here" }).click();
  await expect(editor(page)).toContainText("SELECT 2 AS two");
  await editor(page).focus();
  await page.keyboard.press("Control+s");
  await expect(page.getByText("Saved the query orders")).toBeVisible();
  await pages.getByRole("link", { name: "Databases" }).click();
  await expect(page.getByRole("heading", { name: "Databases", level: 1, exact: true })).toBeVisible();
});

test("a query is deleted with a way back, and a secret value is not remembered", async ({ page, server }) => {
  const database_id = await till(server);
  const { id } = await server.api<{ id: string }>("POST", "/api/v1/queries", {
    name: "orders", database_id, sql: "SELECT :api_token AS t, :country AS c", parameters: [{ name: "api_token", kind: "text" }, { name: "country", kind: "text" }],
  });
  await page.goto(`/queries/${id}`);
  await page.getByRole("group", { name: "Placeholder :api_token" }).getByRole("textbox", { name: "Value to try" }).fill("hunter2");
  await page.getByRole("group", { name: "Placeholder :country" }).getByRole("textbox", { name: "Value to try" }).fill("FR");
  await page.getByRole("button", { name: "Try" }).click();
  await expect(page.getByRole("region", { name: "First rows" }).getByRole("cell", { name: "hunter2" })).toBeVisible();
  const kept = await page.evaluate(() => JSON.stringify(localStorage));
  expect(kept).toContain("FR");
  expect(kept).not.toContain("hunter2");
  await page.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("heading", { name: "No query yet" })).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("link", { name: "orders" })).toBeVisible();
});

test("a long value is opened, and copied whole", async ({ page, context, server }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await till(server);
  await page.goto("/queries/new");
  await write(page, "SELECT printf('%0300d', 7) AS long");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("button", { name: /all 300 characters/ }).click();
  const whole = page.getByRole("dialog", { name: "long of row 1" });
  await expect(whole.getByText("300 characters")).toBeVisible();
  await whole.getByRole("button", { name: "Copy" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("7".padStart(300, "0"));
});
