// Queries: writing, trying, keeping and deleting them, on real SQLite and PostgreSQL.

import type { Page } from "@playwright/test";
import { expect, real, sound, test, type Server } from "./harness";
import { shopFile, sqliteFile } from "./harness/shop";

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

const tree = (page: Page) => page.getByRole("tree", { name: /^Tables of / });
const line = (page: Page, name: string | RegExp) => tree(page).getByRole("treeitem", { name, exact: true });

test("somebody who does not know the database begins with a table, and adds columns by a click", async ({ page, server }) => {
  // Two looks at everything with axe.
  test.slow();
  await till(server);
  await page.goto("/queries/new");
  await page.getByRole("group", { name: "Start with a table" }).getByRole("button", { name: "orders" }).click();
  await expect(editor(page)).toContainText("SELECT id, country, created, total, note, big");
  await expect(editor(page)).toContainText("FROM orders");
  await expect(editor(page)).toBeFocused();
  await expect(page.getByRole("group", { name: "Start with a table" })).toBeHidden();
  await page.keyboard.press("Control+Enter");
  await expect(page.getByText(/^3 rows, all there are/)).toBeVisible();

  // What is written stays: a table and its columns go to the cursor, apart from what stands there.
  await write(page, "SELECT ");
  await line(page, "orders").locator(".tables-turn").click();
  await expect(line(page, /^total REAL/)).toBeVisible();
  await sound(page);
  await line(page, /^country TEXT/).click();
  await line(page, /^total REAL/).click();
  await page.keyboard.insertText(" FROM");
  await line(page, "orders").click();
  await expect(editor(page)).toHaveText("SELECT country, total FROM orders");
});

test("a table that is taken before the editor is loaded stands in it, with the focus behind it", async ({ page, server }) => {
  await till(server);
  let load = () => {};
  const wanted = new Promise<void>((now) => (load = now));
  await page.route("**/assets/Editor*.js", async (route) => {
    await wanted;
    await route.continue();
  });
  await page.goto("/queries/new");
  await page.getByRole("group", { name: "Start with a table" }).getByRole("button", { name: "orders" }).click();
  await expect(page.getByRole("group", { name: "Start with a table" })).toBeHidden();
  load();
  await expect(editor(page)).toBeFocused();
  await page.keyboard.insertText(" LIMIT 2");
  await expect(editor(page)).toContainText("FROM orders LIMIT 2");
});

test("tables are gone through, opened and taken with the keyboard alone", async ({ page, server }) => {
  await till(server);
  await page.goto("/queries/new");
  const search = page.getByRole("textbox", { name: "Search tables and columns" });
  await search.focus();
  await page.keyboard.press("Tab");
  await expect(line(page, "orders")).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await expect(line(page, "orders")).toHaveAttribute("aria-expanded", "true");
  await page.keyboard.press("ArrowDown");
  await expect(line(page, /^id INTEGER/)).toBeFocused();
  await page.keyboard.press("End");
  await expect(line(page, /^big INTEGER/)).toBeFocused();
  await page.keyboard.press("ArrowLeft");
  await expect(line(page, "orders")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(editor(page)).toBeFocused();
  await expect(editor(page)).toContainText("FROM orders");
});

test("names that must be quoted are written so, and a column finds its table", async ({ page, server }) => {
  const path = await sqliteFile(server, 'CREATE TABLE "Far Away" ("order" INTEGER, plain TEXT); CREATE VIEW near AS SELECT 1 AS one; CREATE TABLE other (x);');
  await server.api("POST", "/api/v1/databases", { name: "till", engine: "sqlite", path });
  await page.goto("/queries/new");
  await expect(line(page, "near view")).toBeVisible();
  await page.getByRole("textbox", { name: "Search tables and columns" }).fill("ORDE");
  await expect(tree(page).getByRole("treeitem")).toHaveCount(2);
  await line(page, "Far Away").click();
  await expect(editor(page)).toContainText('SELECT "order"');
  await expect(editor(page)).toContainText('FROM "Far Away"');
  await page.keyboard.press("Control+Enter");
  await expect(page.getByText(/^0 rows, all there are/)).toBeVisible();
  await page.getByRole("textbox", { name: "Search tables and columns" }).fill("nowhere");
  await expect(page.getByText("Nothing matches")).toBeVisible();
});

test("the editor completes tables and columns", async ({ page, server }) => {
  await till(server);
  await page.goto("/queries/new");
  await expect(line(page, "orders")).toBeVisible();
  await write(page, "SELECT 1 FROM ord");
  await page.keyboard.type("e");
  const options = page.getByRole("listbox", { name: "Completions" });
  await options.getByRole("option", { name: "orders" }).click();
  await expect(editor(page)).toHaveText("SELECT 1 FROM orders");
  await page.keyboard.type(" WHERE coun");
  await expect(options.getByRole("option", { name: /^country/ })).toBeVisible();
});

test("a database that cannot be asked for its tables leaves the editor in place, and one without tables says so", async ({ page, server, expected }) => {
  expected.push(/status of 502/);
  await server.api("POST", "/api/v1/databases", { name: "gone", engine: "sqlite", path: "/nowhere/at/all.db" });
  const path = await sqliteFile(server, "");
  await server.api("POST", "/api/v1/databases", { name: "none", engine: "sqlite", path });
  await page.goto("/queries/new");
  const part = page.getByRole("region", { name: "Tables" });
  await expect(part.getByRole("alert")).toContainText("/nowhere/at/all.db");
  await expect(part.getByRole("button", { name: "Try again" })).toBeVisible();
  await sound(page);
  await write(page, "SELECT 1 AS one");
  await expect(editor(page)).toHaveText("SELECT 1 AS one");
  await page.getByRole("combobox", { name: "Database" }).selectOption("none");
  await expect(part.getByText(/The account may read no table of none/)).toBeVisible();
});

test("a list that was cut short says so, and the search finds what was left out", async ({ page, server }) => {
  const make = Array.from({ length: 2_001 }, (_, at) => `CREATE TABLE t${String(at).padStart(4, "0")} (a);`);
  const path = await sqliteFile(server, `BEGIN; ${make.join("")} COMMIT;`);
  await server.api("POST", "/api/v1/databases", { name: "till", engine: "sqlite", path });
  await page.goto("/queries/new");
  await expect(page.getByText(/There are more than these 2\s?000 tables/)).toBeVisible();
  await page.getByRole("textbox", { name: "Search tables and columns" }).fill("t2000");
  await line(page, "t2000").click();
  await expect(editor(page)).toContainText("FROM t2000");
});

test("where there is no room beside, the tables are folded above the editor", async ({ page, server }) => {
  await till(server);
  await page.setViewportSize({ width: 400, height: 800 });
  await page.goto("/queries/new");
  await page.getByRole("button", { name: "Tables (1)" }).click();
  await line(page, "orders").click();
  await expect(editor(page)).toContainText("FROM orders");
});
