// What somebody does who sees Tributary for the first time: from nothing, and from the demo, to points in Explore. Only buttons and links that
// the pages offer are used; no address is typed. How many clicks and how long it took is told, not asserted.

import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import type { Locator, Page } from "@playwright/test";
import { expect, influxDatabase, influxQuery, real, sound, test } from "./harness";
import { Server } from "./harness/server";
import { sqliteFile } from "./harness/shop";

/** Orders of the last half hour in a schema of their own, in the real PostgreSQL. Gives the table, and what removes it. */
async function shop(): Promise<{ table: string; drop: () => Promise<unknown> }> {
  const schema = `e2e_${randomBytes(6).toString("hex")}`;
  const psql = (sql: string) => promisify(execFile)("psql", [real.postgres(), "-v", "ON_ERROR_STOP=1", "-qc", sql]);
  await psql(`
    CREATE SCHEMA ${schema};
    CREATE TABLE ${schema}.orders (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), country text, channel text, created timestamptz, pieces integer, amount numeric(10, 2));
    INSERT INTO ${schema}.orders (country, channel, created, pieces, amount)
      SELECT (ARRAY['DE', 'FR', 'AT'])[1 + i % 3], 'web, mobile', now() - i * interval '1 minute', i, 12.35 * i FROM generate_series(1, 30) i;
  `);
  return { table: `${schema}.orders`, drop: () => psql(`DROP SCHEMA ${schema} CASCADE`) };
}

/** Counts what the hand does on the page, over every page of the console. */
async function counted(page: Page): Promise<(what: string) => Promise<void>> {
  await page.addInitScript(() => {
    document.addEventListener("pointerdown", () => sessionStorage.setItem("e2e-clicks", String(Number(sessionStorage.getItem("e2e-clicks") ?? 0) + 1)), true);
  });
  const begin = Date.now();
  return async (what) => {
    const clicks = await page.evaluate(() => sessionStorage.getItem("e2e-clicks"));
    console.log(`first five minutes, ${what}: ${clicks} clicks, ${((Date.now() - begin) / 1_000).toFixed(1)} s`);
  };
}

const next = (page: Page, step: string) => page.getByRole("region", { name: "Next step" }).getByRole(/^(Write the)/.test(step) ? "button" : "link", { name: step });

async function becomes(page: Page, column: string, role: string): Promise<void> {
  await page.getByRole("button", { name: new RegExp(`^${column} becomes`) }).click();
  await page.getByRole("menuitem", { name: new RegExp(`^${role}`) }).click();
  await expect(page.getByRole("button", { name: `${column} becomes: ${role}` })).toBeVisible();
}

/** The rows of Explore's table, each by the names of its columns. */
async function explored(page: Page): Promise<Record<string, string>[]> {
  await page.getByRole("tab", { name: "Table" }).click();
  const table = page.getByRole("region", { name: "Rows", exact: true });
  await expect(table.getByRole("row").nth(1)).toBeVisible();
  return table.evaluate((place) => {
    const texts = (row: Element, cell: string) => [...row.querySelectorAll(cell)].map((one) => one.querySelector("span")?.textContent ?? one.textContent ?? "");
    const [head, ...rows] = [...place.querySelectorAll("tr")];
    const names = head === undefined ? [] : texts(head, "th").slice(1);
    return rows.map((row) => Object.fromEntries(texts(row, "td").map((text, at) => [names[at] ?? "", text])));
  });
}

/** What InfluxDB itself answers, in the same form. */
async function stored(database: string, measurement: string, columns: string[]): Promise<Record<string, string>[]> {
  const rows = await influxQuery(`SELECT ${columns.map((name) => `"${name}"`).join(", ")} FROM "${measurement}"`, database);
  return rows.map((row) => Object.fromEntries(["time", ...columns].map((name, at) => [name, String(row[at])])));
}

const inOrder = (rows: Record<string, string>[]) => rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort();

test("from an empty start: InfluxDB, a PostgreSQL, a query, a series by clicking columns, and its points in Explore", async ({ page }) => {
  const { table, drop } = await shop();
  const influx = await influxDatabase();
  const told = await counted(page);
  await page.goto("/");
  await page.getByRole("link", { name: "Add a connection" }).click();

  await page.getByRole("textbox", { name: "Name", exact: true }).fill("influx");
  await page.getByRole("textbox", { name: "URL" }).fill(influx.url);
  await page.getByRole("textbox", { name: "Database", exact: true }).fill(influx.database);
  await page.getByRole("button", { name: "Add connection" }).click();

  await next(page, "Add a SQL database").click();
  await page.getByRole("textbox", { name: "Paste an address" }).fill(real.postgres());
  await page.getByRole("button", { name: "Fill in" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("shop");
  await page.getByRole("button", { name: "Add database" }).click();

  await next(page, "Write a query").click();
  await page.getByRole("textbox", { name: "Name" }).fill("orders");
  await page.getByRole("textbox", { name: "SQL" }).fill(`SELECT id, country, channel, created, pieces, amount FROM ${table}`);
  await page.getByRole("button", { name: "Try", exact: true }).click();
  await expect(page.getByRole("region", { name: "First rows" }).getByRole("row")).toHaveCount(31);
  await page.getByRole("button", { name: "Save", exact: true }).click();

  await next(page, "Make a series").click();
  const lines = page.getByRole("listbox", { name: "Line protocol" });
  await expect(lines.getByRole("option")).toHaveCount(20);
  await expect(page.getByRole("button", { name: "created becomes: Time" })).toBeVisible();
  await becomes(page, "id", "Nothing");
  await becomes(page, "channel", "Field");
  await expect(lines.getByRole("option").first()).toContainText('channel="web, mobile",pieces=1i,amount=12.35');
  await page.getByRole("button", { name: "Make the series" }).click();

  await next(page, "Write the first points").click();
  const run = page.getByRole("region", { name: "The run by hand" });
  await expect(run).toContainText("30 rows read → 30 points written");
  await run.getByRole("link", { name: "See the points in Explore" }).click();
  await expect(page.getByRole("heading", { name: "Explore", level: 1 })).toBeVisible();
  await expect(page.getByRole("figure").first()).toBeVisible();
  const shown = await explored(page);
  expect(shown).toHaveLength(30);
  expect(inOrder(shown)).toEqual(inOrder(await stored(influx.database, "orders", ["country", "channel", "pieces", "amount"])));
  await told("from an empty start");
  await sound(page);
  await drop();
});

const inDemo = test.extend({
  // One of its own: what is made here is not for the eyes of other tests.
  server: async ({}, use) => {
    const server = await Server.demo();
    await use(server);
    await server.stop();
  },
});

inDemo("from the demo: another InfluxDB, a series of the shop by clicking columns in a group, and its points in Explore", async ({ page }) => {
  const influx = await influxDatabase();
  const told = await counted(page);
  await page.goto("/");
  const pages = page.getByRole("navigation", { name: "Pages" });
  await pages.getByRole("link", { name: "Connections" }).click();
  await page.getByRole("link", { name: "Add connection" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("mine");
  await page.getByRole("textbox", { name: "URL" }).fill(influx.url);
  await page.getByRole("textbox", { name: "Database", exact: true }).fill(influx.database);
  await page.getByRole("button", { name: "Add connection" }).click();
  await expect(page.getByRole("row", { name: /mine/ })).toBeVisible();

  await pages.getByRole("link", { name: "Series" }).click();
  await page.getByRole("link", { name: "Make a series" }).click();
  await page.getByRole("combobox", { name: "Query" }).click();
  await page.getByRole("option", { name: "stock by product" }).click();
  // The shop has a series of that name.
  await expect(page.getByRole("textbox", { name: "Name of the series" })).toHaveValue("stock by product 2");
  await expect(page.getByRole("button", { name: "product becomes: Tag" })).toBeVisible();
  await becomes(page, "price", "Nothing");
  await page.getByRole("combobox", { name: "Connection" }).click();
  await page.getByRole("option", { name: "mine" }).click();
  await page.getByRole("combobox", { name: "Group" }).click();
  await page.getByRole("option", { name: "every 10 seconds" }).click();
  await page.getByRole("button", { name: "Make the series" }).click();

  // The group runs it by itself.
  await expect(page.getByRole("region", { name: "Last runs" }).getByText("succeeded").first()).toBeVisible({ timeout: 30_000 });
  await page.getByRole("link", { name: "Explore its points" }).click();
  await expect(page.getByRole("heading", { name: "Explore", level: 1 })).toBeVisible();
  const shown = await explored(page);
  const until = shown.reduce((last, { time = "" }) => (time > last ? time : last), "");
  const written = (await stored(influx.database, "stock_by_product", ["product", "stock"])).filter(({ time = "" }) => time <= until);
  expect(shown.length).toBeGreaterThan(0);
  expect(inOrder(shown)).toEqual(inOrder(written));
  await told("from the demo");
  await sound(page);
});

/** Goes on with the Tab key until this has the focus, as somebody does without a mouse. */
async function reach(page: Page, wanted: Locator): Promise<void> {
  await expect(wanted).toBeVisible();
  for (let presses = 0; presses < 80; presses += 1) {
    if (await wanted.evaluate((one) => one === document.activeElement)) return;
    // In an editor Tab indents; Escape is the way out, as it says.
    if (await page.evaluate(() => (document.activeElement as HTMLElement | null)?.isContentEditable === true)) await page.keyboard.press("Escape");
    await page.keyboard.press("Tab");
  }
  throw new Error(`${String(wanted)} is not reached with the Tab key`);
}

test("with the keyboard alone: a series is made, run, and its points are looked at", async ({ page, server }) => {
  const path = await sqliteFile(server, "CREATE TABLE stock (product TEXT, pieces INTEGER, price REAL); INSERT INTO stock VALUES ('cup', 3, 4.5), ('pot', 1, 39.9);");
  const influx = await influxDatabase();
  const { id } = await server.api<{ id: string }>("POST", "/api/v1/databases", { name: "shop", engine: "sqlite", path });
  await server.api("POST", "/api/v1/queries", { name: "stock", database_id: id, sql: "SELECT product, pieces, price FROM stock" });
  await server.api("POST", "/api/v1/connections?check=skip", { name: "influx", driver: "v1", ...influx });
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Home", level: 1 })).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await reach(page, page.getByRole("link", { name: "Make a series" }));
  await page.keyboard.press("Enter");

  await reach(page, page.getByRole("combobox", { name: "Query" }));
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await reach(page, page.getByRole("button", { name: "price becomes: Field" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menu")).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("menuitem", { name: /^Time/ })).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await expect(page.getByRole("menuitem", { name: /^Nothing/ })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "price becomes: Nothing" })).toBeFocused();
  await expect(page.getByRole("listbox", { name: "Line protocol" }).getByRole("option").first()).not.toContainText("price");
  await reach(page, page.getByRole("button", { name: "Make the series" }));
  await page.keyboard.press("Enter");

  await reach(page, next(page, "Write the first points"));
  await page.keyboard.press("Enter");
  await reach(page, page.getByRole("link", { name: "See the points in Explore" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Explore", level: 1 })).toBeVisible();
  await reach(page, page.getByRole("tab", { name: "Chart" }));
  await page.keyboard.press("ArrowRight");
  const table = page.getByRole("region", { name: "Rows", exact: true });
  await expect(table.getByRole("row", { name: /cup.*3/ })).toBeVisible();
  await expect(table.getByRole("row", { name: /pot.*1/ })).toBeVisible();
  expect((await influxQuery("SELECT product, pieces FROM stock", influx.database)).map(([, ...row]) => row)).toEqual([["cup", 3], ["pot", 1]]);
});
