// Explore, on a real InfluxDB whose points were written past Tributary.

import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expect, influxDatabase, influxWrite, NARROW, type Server, sound, test } from "./harness";

const MINUTE = 60_000;

/** A connection to a new database, the server's default one. */
async function connected(server: Server, name = "shop points"): Promise<{ id: string; database: string }> {
  const { url, database } = await influxDatabase();
  const { id } = await server.api<{ id: string }>("POST", "/api/v1/connections", { name, driver: "v1", url, database });
  return { id, database };
}

/** Orders of two countries, one a minute each, the last one a minute ago: totals from 101 and from 201 on. */
async function orders(database: string, minutes = 20, end = Date.now()): Promise<void> {
  const lines = Array.from({ length: minutes }, (_, at) => {
    const when = `${end - (minutes - at) * MINUTE}000000`;
    return [
      `orders,country=DE,channel=web total=${101 + at}.5,quantity=${at + 1}i,note="n${at}" ${when}`,
      `orders,country=FR,channel=till total=${201 + at}.5,quantity=${at + 1}i,note="n${at}" ${when}`,
    ];
  });
  await influxWrite(database, lines.flat().join("\n"));
}

const editor = (page: Page) => page.getByRole("textbox", { name: /^Query in/ });
const rows = (page: Page, count: number) => page.getByRole("status").filter({ hasText: new RegExp(`^${count} rows?\\b`) });
/** What is opened is first scrolled to; a click that closes it again would be a click too many. */
const figures = async (page: Page, of = "orders") => {
  await page.getByRole("figure", { name: of, exact: true }).getByText("The chart in figures").click();
  return page.getByRole("region", { name: `Figures of ${of}`, exact: true });
};

test("Explore opens on the default connection, where nothing is asked yet", async ({ page, server }) => {
  const { id, database } = await connected(server);
  await orders(database);
  await page.goto("/explore");
  await expect(page).toHaveURL(new RegExp(`connection=${id}`));
  await expect(page.getByRole("combobox", { name: "Database" })).toHaveValue(database);
  await expect(page.getByRole("heading", { name: "Nothing is asked yet" })).toBeVisible();
  await sound(page);
});

test("points that stand in InfluxDB appear in the chart and in its figures", async ({ page, server }) => {
  const { database } = await connected(server);
  await orders(database);
  await page.goto("/explore");
  await page.getByRole("button", { name: "orders" }).click();
  await expect(page).toHaveURL(/measurement=orders/);
  await expect(editor(page)).toContainText('FROM "orders"');
  await expect(rows(page, 40)).toBeVisible();
  await expect(page.getByRole("figure", { name: "orders: quantity" })).toBeVisible();
  const told = await figures(page, "orders: total");
  const line = told.getByRole("row", { name: /total · channel=web country=DE/ });
  await expect(line.getByRole("cell")).toHaveText(["20", "101.5", "111", "120.5", "120.5"]);
  await sound(page);
});

test("each field has a chart of its own, and its lines are hidden and shown again in the legend, with the keyboard", async ({ page, server }) => {
  const { database } = await connected(server);
  await orders(database);
  await page.goto("/explore?measurement=orders");
  await expect(page.getByRole("figure")).toHaveCount(2);
  const legend = page.getByRole("toolbar", { name: "Lines of orders: total" });
  // Only what tells a line from the others of its chart.
  await expect(legend.getByRole("button")).toHaveText(["till · FR", "web · DE"]);
  await legend.getByRole("button", { name: "till · FR" }).focus();
  await page.keyboard.press("ArrowRight");
  await expect(legend.getByRole("button", { name: "web · DE" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(legend.getByRole("button", { name: "web · DE" })).toHaveAttribute("aria-pressed", "false");
  const told = await figures(page, "orders: total");
  await expect(told.getByRole("checkbox", { name: /country=DE/ })).not.toBeChecked();
  await expect(told.getByRole("checkbox", { name: /country=FR/ })).toBeChecked();
  await sound(page);

  await page.getByRole("switch", { name: "One chart per field" }).click();
  await expect(page.getByRole("figure")).toHaveCount(1);
  await expect(page.getByRole("toolbar").getByRole("button")).toHaveCount(4);
});

test("points that stand in InfluxDB appear in the table, with their tags", async ({ page, server }) => {
  const { database } = await connected(server);
  await orders(database);
  await page.goto("/explore?measurement=orders");
  await page.getByRole("tab", { name: "Table" }).click();
  await expect(page).toHaveURL(/view=table/);
  const table = page.getByRole("region", { name: "Rows" });
  await expect(table.getByRole("columnheader", { name: /country/ })).toBeVisible();
  await expect(table.getByRole("row", { name: /FR.*n19.*220\.5/ })).toBeVisible();
  await sound(page);
});

test("clicks on fields and values write the query, and the address keeps them", async ({ page, server }) => {
  const { database } = await connected(server);
  await orders(database);
  await page.goto("/explore?measurement=orders");
  await expect(rows(page, 40)).toBeVisible();
  await page.getByRole("group", { name: "Fields" }).getByRole("checkbox", { name: /^total/ }).check();
  await expect(editor(page)).toContainText('SELECT "total"');
  await page.getByRole("button", { name: "country" }).click();
  await page.getByRole("group", { name: "Values of country" }).getByRole("checkbox", { name: "FR" }).check();
  await expect(editor(page)).toContainText(`AND "country" = 'FR'`);
  await expect(rows(page, 20)).toBeVisible();

  await page.getByRole("combobox", { name: "Points" }).click();
  await page.getByRole("option", { name: "Sum" }).click();
  await page.getByRole("combobox", { name: "Window" }).click();
  await page.getByRole("option", { name: "1d", exact: true }).click();
  await expect(editor(page)).toContainText('SELECT sum("total") AS "total"');
  await expect(editor(page)).toContainText("GROUP BY time(1d)");
  await expect(rows(page, 20)).toHaveCount(0);

  await page.reload();
  await expect(editor(page)).toContainText("GROUP BY time(1d)");
  await expect(page.getByRole("group", { name: "Values of country" }).getByRole("checkbox", { name: "FR" })).toBeChecked();
  await page.goBack();
  await expect(page.getByRole("combobox", { name: "Window" })).toHaveValue("What fits");
});

test("a tag keeps series apart, and each line of the chart can be hidden by keyboard", async ({ page, server }) => {
  const { database } = await connected(server);
  await orders(database);
  await page.goto('/explore?measurement=orders&fields=["total"]&aggregate=max&window=1d');
  await page.getByRole("combobox", { name: "Group by tag" }).click();
  await page.getByRole("option", { name: "country" }).click();
  await page.keyboard.press("Escape");
  await expect(editor(page)).toContainText('GROUP BY time(1d), "country"');
  const told = await figures(page);
  await expect(told.getByRole("row", { name: /country=FR/ })).toContainText("220.5");
  const line = told.getByRole("checkbox", { name: "country=DE" });
  await line.focus();
  await page.keyboard.press("Space");
  await expect(line).not.toBeChecked();
  await expect(told.getByRole("checkbox", { name: "country=FR" })).toBeChecked();
});

test("a query by hand runs with Ctrl+Enter, and a wrong one is told in InfluxDB's own words", async ({ page, server }) => {
  const { database } = await connected(server);
  await orders(database);
  await page.goto("/explore");
  await editor(page).fill('SELECT max("total") FORM orders');
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("alert")).toHaveText("error parsing query: found FORM, expected FROM at line 1, char 21");
  await expect(editor(page)).toHaveAttribute("aria-invalid", "true");
  await sound(page);

  await editor(page).fill('SELECT max("total") FROM orders');
  await expect(page.getByRole("alert")).toHaveCount(0);
  await page.keyboard.press("Control+Enter");
  await expect(rows(page, 1)).toBeVisible();
  await page.getByRole("tab", { name: "Table" }).click();
  await expect(page.getByRole("region", { name: "Rows" }).getByRole("cell", { name: "220.5" })).toBeVisible();
  // What this tab has run is run again, without a question.
  await page.reload();
  await expect(rows(page, 1)).toBeVisible();
});

test("what would write is refused before it is sent, and stays in the editor", async ({ page, server }) => {
  const { database } = await connected(server);
  await orders(database);
  await page.goto("/explore");
  await editor(page).fill(`DROP DATABASE "${database}"`);
  await page.getByRole("button", { name: "Run" }).click();
  await expect(page.getByRole("alert")).toContainText("here one can only read");
  await expect(editor(page)).toContainText("DROP DATABASE");
  await page.getByRole("button", { name: "orders" }).click();
  await expect(rows(page, 40)).toBeVisible();
});

test("a query that came with a link waits until a person runs it", async ({ page, server }) => {
  const { database } = await connected(server);
  await orders(database);
  const asked: string[] = [];
  page.on("request", (request) => request.url().endsWith("/explore/query") && asked.push(request.postData() ?? ""));
  await page.goto(`/explore?measurement=orders&query=${encodeURIComponent('SELECT count("total") FROM orders')}`);
  await expect(page.getByText("This query came with the address")).toBeVisible();
  await expect(editor(page)).toContainText("SELECT count");
  await expect(page.getByRole("group", { name: "Fields" }).getByRole("checkbox", { name: /^total/ })).toBeVisible();
  expect(asked).toEqual([]);
  await sound(page);
  await page.getByRole("button", { name: "Run" }).click();
  await expect(rows(page, 1)).toBeVisible();
  expect(asked).toHaveLength(1);

  await page.getByRole("button", { name: "Back to the choices" }).click();
  await expect(editor(page)).toContainText("SELECT *");
  await expect(rows(page, 40)).toBeVisible();
});

test("the rows are downloaded as CSV", async ({ page, server }) => {
  const { database } = await connected(server);
  await orders(database, 3);
  await page.goto("/explore?measurement=orders");
  await expect(rows(page, 6)).toBeVisible();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download CSV" }).click()]);
  expect(download.suggestedFilename()).toBe("orders.csv");
  const lines = (await readFile(await download.path(), "utf8")).trim().split("\r\n");
  expect(lines[0]).toBe("name,channel,country,time,note,quantity,total");
  expect(lines).toHaveLength(7);
  expect(lines.filter((line) => /^orders,till,FR,.+,n2,3,203\.5$/.test(line))).toHaveLength(1);
});

test("older points are found by widening the time, and a link shows its own", async ({ page, server }) => {
  const { database } = await connected(server);
  const end = Date.parse("2026-01-02T12:00:00Z");
  await orders(database, 5, Date.now() - 20 * 24 * 60 * MINUTE);
  await orders(database, 4, end);
  await page.goto("/explore?measurement=orders");
  await expect(page.getByRole("heading", { name: "No points in the last hour" })).toBeVisible();
  await sound(page);
  await page.getByRole("button", { name: "Last 30 days" }).click();
  await expect(rows(page, 10)).toBeVisible();
  await expect(page.getByRole("combobox", { name: "Time" })).toHaveValue("Last 30 days");

  await page.goto("/explore?measurement=orders&from=2026-01-02T11:00:00Z&to=2026-01-02T12:00:00Z");
  await expect(rows(page, 8)).toBeVisible();
  const from = page.getByLabel("From (Europe/Berlin)");
  await expect(from).toHaveValue("2026-01-02T12:00");
  await from.fill("2026-01-02T12:58:00");
  await page.getByRole("button", { name: "Show" }).click();
  await expect(rows(page, 4)).toBeVisible();
  await expect(page).toHaveURL(/from=2026-01-02T11%3A58/);

  await from.fill("2026-01-02T14:00:00");
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page.getByText("Choose a time after the first")).toBeVisible();
});

test("dragging over the chart zooms in, and out again as far as is clicked, however late the answers come", async ({ page, server }) => {
  const { database } = await connected(server);
  await orders(database);
  await page.goto("/explore?measurement=orders");
  await expect(rows(page, 40)).toBeVisible();
  const plot = page.getByRole("figure", { name: "orders: total" }).locator(".u-over");
  const { width, height } = await plot.evaluate(({ clientWidth, clientHeight }) => ({ width: clientWidth, height: clientHeight }));
  const at = (part: number) => ({ x: width * part, y: height / 2 });
  await plot.dragTo(plot, { sourcePosition: at(0.4), targetPosition: at(0.7) });
  await expect(page).toHaveURL(/from=.*to=/);
  // Three tenths of 19 minutes hold less than 7 points of each of the two.
  await expect(page.getByRole("status").filter({ hasText: /^1?\d rows?\b/ })).toBeVisible();

  const zoomOut = page.getByRole("button", { name: "Zoom out" });
  let answer = () => {};
  const wanted = new Promise<void>((now) => (answer = now));
  let asked = 0;
  await page.route("**/explore/query", async (route) => {
    asked += 1;
    await wanted;
    await route.continue();
  });
  await zoomOut.click();
  await zoomOut.click();
  await expect.poll(() => asked).toBe(2);
  answer();
  await expect(rows(page, 40)).toBeVisible();
});

test("an answer that comes in the middle of a drag does not end it", async ({ page, server }) => {
  const { database } = await connected(server);
  await orders(database);
  await page.goto("/explore?measurement=orders");
  await expect(rows(page, 40)).toBeVisible();
  const plot = page.getByRole("figure", { name: "orders: total" }).locator(".u-over");
  const { width, height } = await plot.evaluate(({ clientWidth, clientHeight }) => ({ width: clientWidth, height: clientHeight }));
  const at = (part: number) => ({ position: { x: width * part, y: height / 2 } });
  await plot.hover(at(0.4));
  await page.mouse.down();
  await plot.hover(at(0.5));
  const answer = page.waitForResponse("**/explore/query");
  await page.getByRole("button", { name: "Run" }).dispatchEvent("click");
  await (await answer).finished();
  await expect(page.locator(".explore-answer")).toHaveAttribute("aria-busy", "false");
  await plot.hover(at(0.7));
  await page.mouse.up();
  await expect(page).toHaveURL(/from=.*to=/);
  const { from, to } = Object.fromEntries(new URL(page.url()).searchParams);
  expect((Date.parse(to ?? "") - Date.parse(from ?? "")) / MINUTE).toBeCloseTo(19 * 0.3, 0);
});

test("measurements are searched on the server, and another database has its own", async ({ page, server }) => {
  const { database } = await connected(server);
  const other = await influxDatabase();
  await influxWrite(database, Array.from({ length: 30 }, (_, at) => `machine_${at} v=1 ${Date.now()}000000`).join("\n"));
  await influxWrite(other.database, `elsewhere v=7 ${Date.now()}000000`);
  await page.goto("/explore");
  await page.getByRole("textbox", { name: "Measurements" }).fill("_29");
  await expect(page.getByRole("list", { name: "Measurements" }).getByRole("button")).toHaveText(["machine_29"]);
  await page.getByRole("textbox", { name: "Measurements" }).fill("nobody");
  await expect(page.getByText("No measurement is called that.")).toBeVisible();
  await page.getByRole("textbox", { name: "Measurements" }).fill("");

  const places = page.getByRole("combobox", { name: "Database" });
  await places.fill(other.database);
  await page.getByRole("option", { name: other.database }).click();
  await page.getByRole("button", { name: "elsewhere" }).click();
  await expect(rows(page, 1)).toBeVisible();
  await expect(page).toHaveURL(new RegExp(`place=${other.database}`));
});

test("an empty database says what to do, a folder says why it is silent, and no connection leads to the first", async ({ page, server }) => {
  await page.goto("/explore");
  await expect(page.getByRole("heading", { name: "No connection yet" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Add connection" })).toHaveAttribute("href", "/connections/new");
  await sound(page);

  await connected(server, "empty");
  await server.api("POST", "/api/v1/connections", { name: "till files", driver: "file", folder: server.folder });
  await page.goto("/explore");
  await expect(page.getByText("Nothing has been written here yet.")).toBeVisible();
  await page.getByRole("combobox", { name: "Connection" }).click();
  await page.getByRole("option", { name: /till files/ }).click();
  await expect(page.getByRole("heading", { name: "A folder answers no questions" })).toBeVisible();
  await sound(page);
  await page.goto("/explore?connection=nobody");
  await expect(page.getByRole("heading", { name: "There is no such connection" })).toBeVisible();
});

test("an InfluxDB that is not there is told once, with the way to its check", async ({ page, server, expected }) => {
  // The browser reports what the API answers for a server that does not answer.
  expected.push(/status of 502/);
  const gone = { name: "gone", driver: "v1", url: "http://127.0.0.1:9", database: "shop" };
  const { id } = await server.api<{ id: string }>("POST", "/api/v1/connections?check=skip", gone);
  await page.goto("/explore?measurement=orders");
  await expect(page.getByRole("alert")).toHaveCount(1);
  await expect(page.getByRole("alert")).toContainText("Connection refused");
  await expect(page.getByRole("alert").getByRole("button", { name: "Try again" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Check the connection step by step" })).toHaveAttribute("href", `/connections/${id}`);
  await sound(page);
});

test("with the keyboard alone, on 320 pixels, a measurement is found, asked and looked at", async ({ page, server }) => {
  const { database } = await connected(server);
  await orders(database);
  await page.setViewportSize(NARROW);
  await page.goto("/explore");
  await expect(page.getByRole("button", { name: "orders" })).toBeVisible();
  await page.getByRole("main").focus();
  await page.keyboard.press("/");
  await expect(page.getByRole("textbox", { name: "Measurements" })).toBeFocused();
  await page.keyboard.type("ord");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "orders" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(rows(page, 40)).toBeVisible();
  await editor(page).focus();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" LIMIT 1");
  await page.keyboard.press("Control+Enter");
  await expect(rows(page, 2)).toBeVisible();
  await page.getByRole("tab", { name: "Chart" }).focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("tab", { name: "Table" })).toHaveAttribute("aria-selected", "true");
  await sound(page);
});
