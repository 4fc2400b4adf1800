// Series that read only new rows: made by clicking, run, moved, and asked for a decision when their query was changed.

import { spawn } from "node:child_process";
import { expect, influxDatabase, influxQuery, real, type Server, sound, test } from "./harness";
import { sqliteFile } from "./harness/shop";
import { ran } from "./harness/trouble";

interface Made {
  id: string;
}

interface OfSeries extends Made {
  query: Made;
  influx: string;
}

const FIRST = `
  CREATE TABLE orders (id INTEGER PRIMARY KEY, created TEXT NOT NULL, country TEXT, total REAL);
  INSERT INTO orders VALUES (1, '2026-11-20 08:00:00', 'DE', 36.5), (2, '2026-11-20 08:01:00', 'FR', 45), (3, '2026-11-20 08:02:00', 'DE', 7.25);
`;

async function orders(server: Server) {
  const influx = await influxDatabase();
  const path = await sqliteFile(server, FIRST);
  const database = await server.api<Made>("POST", "/api/v1/databases", { name: "shop", engine: "sqlite", path });
  const query = await server.api<Made>("POST", "/api/v1/queries", { name: "orders", database_id: database.id, sql: "SELECT id, created, country, total FROM orders" });
  const connection = await server.api<Made>("POST", "/api/v1/connections?check=skip", { name: "influx", driver: "v1", ...influx });
  return { influx: influx.database, query, connection };
}

async function newOrders(server: Server): Promise<OfSeries> {
  const { influx, query, connection } = await orders(server);
  const series = await server.api<Made>("POST", "/api/v1/series", {
    name: "orders", query_id: query.id, connection_id: connection.id, mode: { mode: "incremental", cursor: "id" },
    mapping: { measurement: { name: "orders" }, tags: ["country"], time: { column: "created" } },
  });
  return { ...series, query, influx };
}

test("a series of only new rows is made by clicking, and each run reads what is new", async ({ page, server }) => {
  const { influx } = await orders(server);
  await page.goto("/series/new?query=orders");
  await expect(page.getByRole("listbox", { name: "Line protocol" }).getByRole("option")).toHaveCount(3);
  await page.getByText("Only new rows", { exact: true }).click();
  // The number of a row tells which are new; its chip says so too.
  await expect(page.getByRole("combobox", { name: "Cursor" })).toHaveValue("id");
  await expect(page.getByText("A row that is changed later keeps its id and is not read again.", { exact: false })).toBeVisible();
  await expect(page.getByRole("button", { name: "id becomes: Field, cursor" })).toBeVisible();
  await expect(page.getByRole("radio", { name: "Exact: up to the oldest open transaction" })).toBeChecked();
  await expect(page.getByText("Each run reads the rows whose id is higher than what was delivered before.", { exact: false })).toBeVisible();
  await page.getByRole("button", { name: /^More:/ }).click();
  await expect(page.getByLabel("Rows whose cursor is NULL")).toBeVisible();
  await sound(page);

  await page.getByRole("button", { name: "Make the series" }).click();
  await expect(page.getByRole("heading", { name: "orders", level: 1, exact: true })).toBeVisible();
  const cursor = page.getByRole("region", { name: "Cursor" });
  await expect(cursor).toContainText("The beginning: no row is delivered yet");

  await page.getByRole("button", { name: "Run now" }).click();
  const run = page.getByRole("region", { name: "The run by hand" });
  await expect(run).toContainText("3 rows read → 3 points written");
  await expect(cursor).toContainText("id = 3");
  await sqliteFile(server, "INSERT INTO orders VALUES (4, '2026-11-20 08:03:00', 'AT', 12), (5, '2026-11-20 08:04:00', 'AT', 13)");
  await page.getByRole("button", { name: "Run now" }).click();
  await expect(run).toContainText("2 rows read → 2 points written");
  // Without anybody asking.
  await expect(cursor).toContainText("id = 5");
  expect(await influxQuery("SELECT count(total) FROM orders", influx)).toEqual([[expect.any(String), 5]]);
  await sound(page);

  await run.getByRole("link", { name: "The whole run" }).click();
  const read = page.getByRole("region", { name: "What was read" });
  await expect(read).toContainText("From3");
  await expect(read).toContainText("To5");
  await sound(page);
});

test("a series of only new rows says at its fields what it lacks", async ({ page, server }) => {
  const { query } = await orders(server);
  await server.api("PATCH", `/api/v1/queries/${query.id}`, { sql: "SELECT country, total FROM orders" });
  await page.goto("/series/new?query=orders");
  await page.getByText("Only new rows", { exact: true }).click();
  await page.getByRole("button", { name: "Make the series" }).click();
  await expect(page.getByRole("combobox", { name: "Cursor" })).toBeFocused();
  await expect(page.getByText("Choose the column that tells which rows are new")).toBeVisible();
  await page.getByRole("combobox", { name: "Cursor" }).click();
  await page.getByRole("option", { name: "total", exact: true }).click();
  await page.getByRole("button", { name: "Make the series" }).click();
  await expect(page.getByRole("combobox", { name: "Time of a point" })).toBeFocused();
  await expect(page.getByText("Choose the column that has each row's time", { exact: false })).toBeVisible();
  await sound(page);
});

test("the refusal of a setting behind More opens it and stands at its field", async ({ page, server }) => {
  await orders(server);
  await page.goto("/series/new?query=orders");
  await page.getByText("Only new rows", { exact: true }).click();
  await expect(page.getByRole("combobox", { name: "Cursor" })).toHaveValue("id");
  await page.getByRole("button", { name: /^More:/ }).click();
  await page.getByRole("textbox", { name: "Rows of a page" }).fill("0");
  await page.getByRole("button", { name: /^More:/ }).click();
  await expect(page.getByText("The page is out of range. Give 1 to 1000000 rows")).toBeVisible();
});

test("every setting of how new rows are told is edited, kept, and shown again", async ({ page, server }) => {
  const series = await newOrders(server);
  await page.goto(`/series/${series.id}/edit`);
  await expect(page.getByRole("combobox", { name: "Cursor" })).toHaveValue("id");
  await page.getByRole("combobox", { name: "Cursor" }).click();
  await page.getByRole("option", { name: "created", exact: true }).click();
  await page.getByRole("combobox", { name: "Key" }).click();
  await page.getByRole("option", { name: "id", exact: true }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("radio", { name: "By age" }).check();
  // In minutes, as the usual age is.
  await page.getByRole("textbox", { name: "Age" }).fill("90");
  await page.getByRole("button", { name: /^More:/ }).click();
  await page.getByRole("textbox", { name: "Overlap" }).fill("600");
  await page.getByRole("combobox", { name: "Rows whose cursor is NULL" }).selectOption("are read by every run, after the others");
  await page.getByRole("textbox", { name: "Start" }).fill("2026-11-20 08:00:00");
  // The texts of SQLite may be times, and say no zone.
  await page.getByRole("combobox", { name: "Zone of the cursor" }).fill("Berlin");
  await page.getByRole("option", { name: "Europe/Berlin" }).click();
  await page.getByRole("textbox", { name: "Rows of a page" }).fill("1000");
  await page.getByRole("button", { name: /^More about the mapping/ }).click();
  await page.getByRole("textbox", { name: "Rejects kept of one run" }).fill("7");
  await page.getByRole("combobox", { name: "When a run has more" }).selectOption("the others are counted, and not kept");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "orders", level: 1, exact: true })).toBeVisible();
  expect(await server.api("GET", `/api/v1/series/${series.id}`)).toMatchObject({
    mode: {
      mode: "incremental", cursor: "created", key: ["id"], fence: { lag_s: 5_400 }, overlap: 600, null_cursor: "sweep", start: "2026-11-20 08:00:00", zone: "Europe/Berlin",
      page_rows: 1_000,
    },
    rejects: { limit: 7, when_full: "count" },
  });
});

test("the cursor is set, with its value refused at its field, and set back by Undo", async ({ page, server }) => {
  const series = await newOrders(server);
  await ran(server, series);
  await page.goto(`/series/${series.id}`);
  const cursor = page.getByRole("region", { name: "Cursor" });
  await expect(cursor).toContainText("id = 3");
  await cursor.getByRole("button", { name: "Move it" }).click();
  await page.getByRole("menuitem", { name: "Set it to…" }).click();
  const dialog = page.getByRole("dialog", { name: "Set the cursor" });
  await expect(dialog.getByRole("textbox", { name: "id" })).toHaveValue("3");
  await dialog.getByRole("textbox", { name: "id" }).fill("one");
  await dialog.getByRole("button", { name: "Set it" }).click();
  await expect(dialog.getByText("a whole number of 64 bits", { exact: false })).toBeVisible();
  await sound(page);
  await dialog.getByRole("textbox", { name: "id" }).fill("1");
  await dialog.getByRole("button", { name: "Set it" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(cursor).toContainText("id = 1");
  await expect(cursor).toContainText("by hand");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(cursor).toContainText("id = 3");

  await cursor.getByRole("button", { name: "Move it" }).click();
  await page.getByRole("menuitem", { name: "Start over" }).click();
  const again = page.getByRole("dialog", { name: "Start over" });
  await expect(again).toContainText("The next run reads every row from the first on");
  await page.keyboard.press("Enter");
  await expect(cursor).toContainText("The beginning: no row is delivered yet");
});

test("when the query was changed nothing is read until a person has decided", async ({ page, server, expected }) => {
  expected.push(/422/);
  const series = await newOrders(server);
  await ran(server, series);
  await page.goto(`/series/${series.id}`);
  await expect(page.getByRole("region", { name: "Cursor" })).toContainText("id = 3");
  await server.api("PATCH", `/api/v1/queries/${series.query.id}`, { sql: "SELECT id, created, country, total FROM orders WHERE total > 0" });
  const question = page.getByRole("alert").filter({ hasText: "The query was changed: decide" });
  await expect(question).toBeVisible();
  await sound(page);
  await question.getByRole("button", { name: "Keep it" }).click();
  const dialog = page.getByRole("dialog", { name: "Keep the cursor" });
  await expect(dialog).toContainText("The next run goes on behind 3.");
  await dialog.getByRole("button", { name: "Keep it" }).click();
  await expect(question).toHaveCount(0);
  await page.getByRole("button", { name: "Run now" }).click();
  await expect(page.getByRole("region", { name: "The run by hand" })).toContainText("0 rows read");
});

test("who holds the fence back is told, with its process", async ({ page, server }) => {
  const url = real.postgres();
  const { hostname: host, port, username, password, pathname } = new URL(url);
  const table = `held_${Date.now()}`;
  const psql = spawn("psql", [url, "-qAt"], { stdio: ["pipe", "pipe", "inherit"] });
  const answers: string[] = [];
  psql.stdout.setEncoding("utf8").on("data", (text: string) => answers.push(text));
  try {
    psql.stdin.write(`CREATE TABLE ${table} (id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), total float8);\n`);
    psql.stdin.write(`INSERT INTO ${table} (total) VALUES (1), (2);\nBEGIN;\nINSERT INTO ${table} (total) VALUES (3);\nSELECT 'open as ' || pg_backend_pid();\n`);
    await expect.poll(() => answers.join("")).toContain("open as");
    const pid = /open as (\d+)/.exec(answers.join(""))?.[1] ?? "";
    const database = await server.api<Made>("POST", "/api/v1/databases?check=skip", {
      name: "shop", engine: "postgres", host, port: Number(port), database: pathname.slice(1), username, secrets: { password: decodeURIComponent(password) },
    });
    const query = await server.api<Made>("POST", "/api/v1/queries", { name: table, database_id: database.id, sql: `SELECT id, at, total FROM ${table}` });
    const connection = await server.api<Made>("POST", "/api/v1/connections?check=skip", { name: "influx", driver: "v1", ...(await influxDatabase()) });
    const series = await server.api<Made>("POST", "/api/v1/series", {
      name: "held", query_id: query.id, connection_id: connection.id, mode: { mode: "incremental", cursor: "id" },
      mapping: { measurement: { name: "held" }, time: { column: "at" } },
    });
    const run = await ran(server, series);
    await page.goto(`/series/${series.id}`);
    const cursor = page.getByRole("region", { name: "Cursor" });
    await expect(cursor).toContainText("Held back by a transaction");
    await expect(cursor).toContainText(pid);
    await sound(page);
    await page.goto(`/runs/${run.id}`);
    await expect(page.getByRole("region", { name: "What was read" })).toContainText(`Held back by`);
    await expect(page.getByRole("region", { name: "What was read" })).toContainText(pid);
  } finally {
    psql.stdin.end(`ROLLBACK;\nDROP TABLE IF EXISTS ${table};\n`);
  }
});
