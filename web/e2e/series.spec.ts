// Series: made by clicking columns, previewed, run, and asked for in InfluxDB itself.

import { sqliteFile } from "./harness/shop";
import { expect, influxDatabase, influxQuery, influxWrite, type Server, sound, test } from "./harness";

interface Made {
  id: string;
}

/** A shop with awkward names, a query on it, and an InfluxDB of its own as the default connection. */
async function shop(server: Server, sql = "SELECT product, country, sold, pieces, amount FROM sales ORDER BY sold", parameters: { name: string; kind: string }[] = []) {
  const path = await sqliteFile(server, `
    CREATE TABLE sales (product TEXT NOT NULL, country TEXT NOT NULL, sold TEXT NOT NULL, pieces INTEGER, amount REAL);
    INSERT INTO sales VALUES
      ('coffee, 1 kg', 'DE', '2026-11-20 08:00:00', 2, 36.4),
      ('espresso cup', 'DE', '2026-11-20 08:00:00', 6, 45),
      ('tea pot', 'FR', '2026-11-20 09:30:00', 1, 39.9),
      ('milk jug', 'FR', '2026-11-20 10:00:00', NULL, 14.9);
  `);
  const influx = await influxDatabase();
  const database = await server.api<Made>("POST", "/api/v1/databases", { name: "shop", engine: "sqlite", path });
  const query = await server.api<Made>("POST", "/api/v1/queries", { name: "sales", database_id: database.id, sql, parameters });
  const connection = await server.api<Made>("POST", "/api/v1/connections?check=skip", { name: "influx", driver: "v1", ...influx });
  return { path, influx: influx.database, query, connection };
}

test("a series is made by clicking columns, shown as lines, run, and its points are in InfluxDB", async ({ page, server }) => {
  const { influx } = await shop(server);
  await page.goto("/series");
  await expect(page.getByRole("heading", { name: "No series yet" })).toBeVisible();
  await page.getByRole("link", { name: "Make a series" }).click();

  await page.getByRole("combobox", { name: "Query" }).click();
  await page.getByRole("option", { name: "sales" }).click();
  await expect(page.getByRole("textbox", { name: "Name of the series" })).toHaveValue("sales");
  await expect(page.getByRole("textbox", { name: "Measurement" })).toHaveValue("sales");

  // What the columns probably are.
  const lines = page.getByRole("listbox", { name: "Line protocol" });
  await expect(lines.getByRole("option")).toHaveCount(4);
  await expect(page.getByRole("button", { name: "sold becomes: Time" })).toBeVisible();
  await expect(page.getByRole("button", { name: "product becomes: Tag" })).toBeVisible();
  await expect(page.getByRole("button", { name: "pieces becomes: Field" })).toBeVisible();
  await expect(lines.getByRole("option").first()).toHaveText(
    String.raw`1sales,country=DE,product=coffee\,\ 1\ kg pieces=2i,amount=36.4 1763625600000000000`.replace("1763625600", String(Date.UTC(2026, 10, 20, 8) / 1000)),
  );
  await expect(page.getByText("All 4 rows → 4 points of 4 series", { exact: false })).toBeVisible();
  await sound(page);

  // Without the product two sales are one point, and the page says so and how to mend it.
  await page.getByRole("button", { name: "product becomes: Tag" }).click();
  await page.getByRole("menuitem", { name: /Nothing/ }).click();
  const notes = page.getByRole("status", { name: "What the preview tells" });
  await expect(notes).toContainText("4 rows collapse into 3 points");
  await expect(lines.getByRole("option").nth(1)).toContainText("same point as row 1");
  await notes.getByRole("button", { name: /^Mark rows 1 and 2:/ }).click();
  await expect(page.getByRole("region", { name: "Rows", exact: true }).getByText("marked")).toHaveCount(2);
  await notes.getByRole("button", { name: "Make product a tag" }).click();
  await expect(notes).not.toContainText("collapse");

  await page.getByRole("button", { name: "amount becomes: Field" }).click();
  await page.getByRole("menuitem", { name: /Nothing/ }).click();
  await expect(lines.getByRole("option").first()).not.toContainText("amount");
  // What the query gains later is a field only as long as no column is left out.
  await expect(page.getByText("Only the columns that are marked so are fields", { exact: false })).toBeVisible();
  await expect(page.getByRole("combobox", { name: "Connection" })).toHaveValue("influx (default)");

  await page.getByRole("button", { name: "Make the series" }).click();
  await expect(page.getByRole("heading", { name: "sales", level: 1, exact: true })).toBeVisible();
  expect(await influxQuery("SHOW MEASUREMENTS", influx)).toEqual([]);
  await expect(page.getByText("It has not run yet.")).toBeVisible();

  await page.getByRole("button", { name: "Run now" }).click();
  const run = page.getByRole("region", { name: "The run by hand" });
  await expect(run).toContainText("succeeded");
  await expect(run).toContainText("4 rows read → 3 points written, 1 skipped");
  expect(await influxQuery("SELECT pieces, product, country FROM sales ORDER BY time", influx)).toEqual([
    ["2026-11-20T08:00:00Z", 2, "coffee, 1 kg", "DE"],
    ["2026-11-20T08:00:00Z", 6, "espresso cup", "DE"],
    ["2026-11-20T09:30:00Z", 1, "tea pot", "FR"],
  ]);
  await expect(run.getByRole("link", { name: "See the points in Explore" })).toHaveAttribute("href", /\/explore\?.*measurement=sales/);
  await expect(page.getByRole("group", { name: "Rows of the only run" })).toBeVisible();

  await page.goto("/series");
  const row = page.getByRole("row", { name: /sales/ });
  await expect(row).toContainText("succeeded");
  await expect(row).toContainText("by hand");
});

test("the list and the page of a series are sound", async ({ page, server }) => {
  const { query, connection } = await shop(server);
  await page.goto("/series");
  await expect(page.getByRole("heading", { name: "No series yet" })).toBeVisible();
  await sound(page);
  const mapping = { measurement: { name: "sales" }, tags: ["product"], fields: { columns: ["pieces"] } };
  const { id } = await server.api<Made>("POST", "/api/v1/series", { name: "sales", query_id: query.id, connection_id: connection.id, mapping, mode: { mode: "snapshot" } });
  await server.api("POST", `/api/v1/series/${id}/run`, {});
  await page.goto("/series");
  await expect(page.getByRole("row", { name: /sales/ })).toContainText("succeeded");
  await sound(page);
  const group = await server.api<Made>("POST", "/api/v1/groups", { name: "nightly", schedule: { cron: "0 3 * * *" } });
  await server.api("PATCH", `/api/v1/series/${id}`, { group_id: group.id });
  await page.goto(`/series/${id}`);
  await expect(page.getByRole("group", { name: "Rows of the only run" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Next slots" })).toBeVisible();
  await sound(page);
});

test("a field that InfluxDB has with another type is told before it is written, with its cast", async ({ page, server }) => {
  const { influx } = await shop(server);
  await influxWrite(influx, `sales pieces="many",amount=1.5 ${Date.now()}000000\ncounted pieces=1.5 ${Date.now()}000000`);
  await page.goto("/series/new?query=sales");
  const notes = page.getByRole("status", { name: "What the preview tells" });
  await expect(notes).toContainText("pieces would be written as a whole number, and the measurement has it as text: InfluxDB refuses such points.");
  await expect(notes).toContainText("CAST(pieces AS text) AS pieces");
  // Whole numbers follow the type that is there: that is told, and nothing is refused.
  await page.getByRole("textbox", { name: "Measurement" }).fill("counted");
  await expect(notes).toContainText("Field `pieces` is of type float on the server");
  await expect(notes).not.toContainText("refuses");
  await page.getByRole("textbox", { name: "Measurement" }).fill("elsewhere");
  await expect(notes).not.toContainText("refuses");
  await page.getByRole("textbox", { name: "Measurement" }).fill("sales");
  await notes.getByRole("button", { name: "Leave pieces out" }).click();
  await expect(notes).not.toContainText("refuses");
});

test("a series that is not saved yet is there again after another page, without what may be a secret", async ({ page, server }) => {
  await shop(server, "SELECT product, sold, pieces FROM sales WHERE country = :country OR product = :api_token", [
    { name: "country", kind: "text" },
    { name: "api_token", kind: "text" },
  ]);
  await page.goto("/series/new");
  await page.getByRole("combobox", { name: "Query" }).click();
  await page.getByRole("option", { name: "sales" }).click();
  await page.getByRole("textbox", { name: "Name of the series" }).fill("sales by night");
  await page.getByRole("textbox", { name: ":country" }).fill("DE");
  await page.getByRole("textbox", { name: ":api_token" }).fill("hush");
  await expect(page.getByRole("button", { name: "sold becomes: Time" })).toBeVisible();
  await page.getByRole("link", { name: "Make a new group" }).click();
  await expect(page.getByRole("heading", { name: /group/i, level: 1 })).toBeVisible();
  expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain("hush");

  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Series" }).click();
  await page.getByRole("link", { name: "Make a series" }).click();
  await expect(page.getByText("Your draft is here again")).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Name of the series" })).toHaveValue("sales by night");
  await expect(page.getByRole("textbox", { name: ":country" })).toHaveValue("DE");
  await expect(page.getByRole("textbox", { name: ":api_token" })).toHaveValue("");
  await sound(page);
  await page.getByRole("button", { name: "Begin anew" }).click();
  await expect(page.getByText("Your draft is here again")).toHaveCount(0);
  await expect(page.getByRole("combobox", { name: "Query" })).toHaveValue("");
});


test("a row and its line stand out together, also by keyboard", async ({ page, server }) => {
  await shop(server);
  await page.goto("/series/new?query=sales");
  const lines = page.getByRole("listbox", { name: "Line protocol" });
  await expect(lines.getByRole("option")).toHaveCount(4);
  await page.getByRole("region", { name: "Rows", exact: true }).getByRole("row", { name: /tea pot/ }).hover();
  await expect(lines.getByRole("option", { selected: true })).toContainText("tea");

  await page.mouse.move(0, 0);
  await lines.focus();
  await expect(lines.getByRole("option", { selected: true })).toContainText("coffee");
  await page.keyboard.press("End");
  await expect(lines.getByRole("option", { selected: true })).toContainText("milk");
  await page.keyboard.press("ArrowUp");
  await expect(lines.getByRole("option", { selected: true })).toContainText("tea");
});

test("the whole series is made with the keyboard", async ({ page, server }) => {
  await shop(server);
  await page.goto("/series/new?query=sales");
  const chip = page.getByRole("button", { name: "amount becomes: Field" });
  await chip.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menu")).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("menuitem", { name: /Time/ })).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await expect(page.getByRole("menuitem", { name: /Nothing/ })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "amount becomes: Nothing" })).toBeFocused();
  await page.getByRole("textbox", { name: "Name of the series" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "sales", level: 1, exact: true })).toBeVisible();
});

test("a row that cannot be written is told with its reason, and a mapping without fields beside the lines", async ({ page, server }) => {
  await shop(server, "SELECT product, CASE pieces WHEN 1 THEN 'soon' ELSE sold END AS sold, pieces FROM sales");
  await page.goto("/series/new?query=sales");
  await page.getByRole("button", { name: /^sold becomes/ }).click();
  await page.getByRole("menuitem", { name: /Time/ }).click();
  const notes = page.getByRole("status", { name: "What the preview tells" });
  await expect(notes).toContainText("1 of 4 rows cannot be written");
  await expect(notes.getByRole("listitem")).toContainText("row 3");
  await expect(page.getByRole("listbox", { name: "Line protocol" }).getByRole("option").nth(2)).toContainText("Rejected:");

  await page.getByRole("button", { name: "pieces becomes: Field" }).click();
  await page.getByRole("menuitem", { name: /Nothing/ }).click();
  await expect(page.getByRole("alert")).toContainText("No column is a field");
  // The rows stay, so that another column can be chosen.
  await expect(page.getByRole("region", { name: "Rows", exact: true })).toContainText("espresso cup");
  await sound(page);
});

test("a window is told in a sentence with an example, and refused for a query that names none", async ({ page, server }) => {
  const { query } = await shop(server);
  await page.goto("/series/new?query=sales");
  await expect(page.getByRole("listbox", { name: "Line protocol" }).getByRole("option")).toHaveCount(4);
  await page.getByText("Window", { exact: true }).click();
  await expect(page.getByText(/ends at the slot and is 1 hour long/)).toBeVisible();
  await expect(page.getByText(/the query names neither `:window_start` nor `:window_end`/).first()).toBeVisible();

  const sql = "SELECT product, sold, pieces FROM sales WHERE sold >= :window_start AND sold < :window_end";
  await server.api("PATCH", `/api/v1/queries/${query.id}`, { sql });
  await page.reload();
  await expect(page.getByRole("radio", { name: "Window" })).toBeChecked();
  await page.getByLabel("As of").fill("2026-11-20T10:00:00");
  // 10:00 in Berlin is 09:00 UTC.
  await expect(page.getByText("The run of 10:00:00 reads from 09:00:00 up to, not including, 10:00:00.")).toBeVisible();
  await expect(page.getByRole("listbox", { name: "Line protocol" }).getByRole("option")).toHaveCount(2);
  await sound(page);
});

test("values of placeholders are asked for, and the refusal of one stands at its field", async ({ page, server }) => {
  const { query } = await shop(server);
  await server.api("PATCH", `/api/v1/queries/${query.id}`, {
    sql: "SELECT product, pieces FROM sales WHERE pieces >= :least", parameters: [{ name: "least", kind: "integer" }],
  });
  await page.goto("/series/new?query=sales");
  await page.getByRole("button", { name: "Make the series" }).click();
  const field = page.getByRole("textbox", { name: ":least" });
  await expect(field).toBeFocused();
  await expect(page.getByText("Give :least a value")).toBeVisible();
  await field.fill("2");
  await expect(page.getByRole("listbox", { name: "Line protocol" }).getByRole("option")).toHaveCount(2);
});

test("a stored series is changed, previewed, run for a past slot, deleted and brought back", async ({ page, server, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const { influx, query, connection } = await shop(server);
  const series = await server.api<Made>("POST", "/api/v1/series", {
    name: "pieces", query_id: query.id, connection_id: connection.id, mapping: { measurement: { name: "pieces" }, tags: ["product", "country"] }, mode: { mode: "snapshot" },
  });
  await page.goto(`/series/${series.id}`);
  await page.getByRole("tab", { name: "Preview" }).click();
  await expect(page).toHaveURL(/tab=preview/);
  await expect(page.getByRole("listbox", { name: "Line protocol" }).getByRole("option")).toHaveCount(4);

  await page.getByRole("link", { name: "Edit" }).click();
  await expect(page.getByRole("button", { name: "sold becomes: Field" })).toBeVisible();
  await page.getByRole("button", { name: "sold becomes: Field" }).click();
  await page.getByRole("menuitem", { name: /Nothing/ }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "pieces", level: 1, exact: true })).toBeVisible();
  expect((await server.api<{ mapping: { fields: unknown } }>("GET", `/api/v1/series/${series.id}`)).mapping.fields).toEqual({ columns: ["pieces", "amount"] });

  await page.getByRole("button", { name: "More ways to run" }).click();
  await page.getByRole("menuitem", { name: "Run a past slot" }).click();
  await page.getByRole("textbox", { name: "Slot" }).fill("2026-11-19T12:00:00");
  await expect(page.getByText("A snapshot reads what the database answers now", { exact: false })).toBeVisible();
  await page.getByRole("button", { name: "Run it" }).click();
  await expect(page.getByRole("region", { name: "The run by hand" })).toContainText("succeeded");
  expect(await influxQuery("SELECT count(amount) FROM pieces WHERE time = '2026-11-19T11:00:00Z'", influx)).toEqual([["2026-11-19T11:00:00Z", 4]]);

  await page.getByRole("button", { name: "Copy as" }).click();
  await page.getByRole("menuitem", { name: "Command line" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain("tributary series create pieces");
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "Delete" }).click();
  await expect(page).toHaveURL(/\/series$/);
  await expect(page.getByRole("heading", { name: "No series yet" })).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("link", { name: "pieces" })).toBeVisible();
});

/** A query whose columns need all that a mapping can say. */
async function readings(server: Server) {
  const path = await sqliteFile(server, `
    CREATE TABLE readings (kind TEXT, at TEXT, room TEXT, temp_in REAL, temp_out REAL, temp_secret REAL, pieces INTEGER);
    INSERT INTO readings VALUES ('air', '21.11.2026 14:05:00', 'hall', 21.5, 4.25, 1, 3), ('water', '25.10.2026 02:30:00', 'hall', 9.5, 4.5, 2, NULL);
  `);
  const database = await server.api<Made>("POST", "/api/v1/databases", { name: "plant", engine: "sqlite", path });
  const sql = "SELECT kind, at, room, temp_in, temp_out, temp_secret, pieces FROM readings";
  const query = await server.api<Made>("POST", "/api/v1/queries", { name: "readings", database_id: database.id, sql });
  const connection = await server.api<Made>("POST", "/api/v1/connections?check=skip", { name: "influx", driver: "v1", ...(await influxDatabase()) });
  return { query, connection };
}

test("a column gets another name, type and NULL at its head, and the lines show it at once", async ({ page, server }) => {
  await readings(server);
  await page.goto("/series/new?query=readings");
  const first = page.getByRole("listbox", { name: "Line protocol" }).getByRole("option").first();
  await expect(first).toContainText("temp_in=21.5");
  const more = page.getByRole("button", { name: "More about temp_in" });
  await more.focus();
  await page.keyboard.press("Enter");
  const settings = page.getByRole("dialog", { name: "temp_in" });
  await expect(settings.getByRole("textbox", { name: "Name of the field" })).toBeFocused();
  await page.keyboard.type("pieces");
  await expect(settings.getByText("That is the name of the column pieces already", { exact: false })).toBeVisible();
  await settings.getByRole("textbox", { name: "Name of the field" }).fill("inside");
  await expect(first).toContainText("inside=21.5");
  await settings.getByRole("combobox", { name: "Type of the field" }).selectOption("text");
  await expect(first).toContainText('inside="21.5"');
  await sound(page);
  await settings.getByRole("textbox", { name: "Name of the field" }).focus();
  await page.keyboard.press("Escape");
  await expect(more).toBeFocused();
  await expect(page.getByRole("columnheader", { name: /^temp_in/ })).toContainText("→ inside · as text");

  // A default that its field cannot hold is told at its field, which a save opens.
  await page.getByRole("button", { name: "More about pieces" }).click();
  const pieces = page.getByRole("dialog", { name: "pieces" });
  await pieces.getByRole("combobox", { name: "A NULL" }).selectOption("becomes a value");
  await pieces.getByRole("textbox", { name: "Value in its place" }).fill("none");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Make the series" }).click();
  await expect(pieces.getByRole("textbox", { name: "Value in its place" })).toBeFocused();
  await expect(pieces.getByText("Give a whole number of 64 bits")).toBeVisible();
  await pieces.getByRole("textbox", { name: "Value in its place" }).fill("0");
  await expect(page.getByRole("listbox", { name: "Line protocol" }).getByRole("option").nth(1)).toContainText("pieces=0i");
});

test("a time is read by a pattern, in its zone, and a time that clocks show twice as it was said", async ({ page, server }) => {
  await readings(server);
  await page.goto("/series/new?query=readings");
  await page.getByRole("button", { name: /^at becomes/ }).click();
  await page.getByRole("menuitem", { name: /Time/ }).click();
  await page.getByRole("combobox", { name: "How at is read" }).selectOption("Text by a pattern");
  const pattern = page.getByRole("combobox", { name: "Pattern" });
  await expect(page.getByText("Say how the text is read", { exact: false })).toBeVisible();
  await pattern.fill("%d.%m.%Y %H:%M:%S");
  const reading = page.getByRole("status", { name: "How the first row's time is read" });
  await expect(reading).toContainText("21.11.2026 14:05:00 is read as 2026-11-21T14:05:00Z");
  await page.keyboard.press("Escape");
  await page.getByRole("combobox", { name: "Zone of times that carry none" }).fill("Berlin");
  await page.getByRole("option", { name: "Europe/Berlin" }).click();
  await expect(reading).toContainText("is read as 2026-11-21T13:05:00Z");
  const second = page.getByRole("listbox", { name: "Line protocol" }).getByRole("option").nth(1);
  await expect(second).toContainText(String(Date.UTC(2026, 9, 25, 0, 30) / 1000));
  await page.getByRole("combobox", { name: "A time that clocks show twice" }).selectOption("is the later one");
  await expect(second).toContainText(String(Date.UTC(2026, 9, 25, 1, 30) / 1000));
  await sound(page);
});

test("columns by pattern, what is the same in every point, and odd values stand in one section, which a wrong one opens", async ({ page, server }) => {
  await readings(server);
  await page.goto("/series/new?query=readings");
  const first = page.getByRole("listbox", { name: "Line protocol" }).getByRole("option").first();
  await expect(first).toContainText("temp_secret");
  const toggle = page.getByRole("button", { name: /^More about the mapping/ });
  await toggle.click();
  await page.getByRole("radio", { name: "Only those that are marked, or match" }).check();
  const patterns = page.getByRole("combobox", { name: "Patterns of fields" });
  for (const pattern of ["temp_*", "!temp_secret", "hum_*"]) {
    await patterns.fill(pattern);
    await page.keyboard.press("Enter");
  }
  await expect(page.getByRole("button", { name: "temp_secret becomes: Nothing" })).toBeVisible();
  await expect(page.getByText("No column that is free matches hum_*", { exact: false })).toBeVisible();
  // A save opens the section where something is wrong, and moves there.
  await toggle.click();
  await expect(patterns).toBeHidden();
  await page.getByRole("button", { name: "Make the series" }).click();
  await expect(patterns).toBeFocused();
  await page.keyboard.press("Backspace");
  await expect(page.getByText("Of this result: temp_in, temp_out")).toBeVisible();
  await expect(first).toContainText("temp_out=4.25");
  await expect(first).not.toContainText("temp_secret");

  await page.getByRole("button", { name: "A tag", exact: true }).click();
  await page.keyboard.type("room");
  await page.getByRole("textbox", { name: "Value", exact: true }).fill("1");
  await expect(page.getByText("That is the name of the column room already", { exact: false })).toBeVisible();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("plant");
  await expect(first).toContainText("plant=1");
  await sound(page);
});

test("what the form does not show of a stored mapping is not lost, and what is taken away is gone", async ({ page, server }) => {
  const { query, connection } = await readings(server);
  const mapping = {
    measurement: { column: "kind" }, tags: ["room"], fields: { columns: ["pieces", "temp_*", "!temp_secret"] },
    time: { column: "at", format: "native", pattern: "%d.%m.%Y %H:%M:%S", zone: "Europe/Berlin", repeated: "later", skipped: "shift" },
    renames: { temp_in: "inside" }, constant_tags: { plant: "Graz" }, constant_fields: { build: { integer: 7 } }, field_types: { pieces: "float" },
    nulls: { pieces: { default: "0" }, kind: "reject" }, decimal: "integer", long_text: "truncate",
  };
  const { id } = await server.api<Made>("POST", "/api/v1/series", { name: "readings", query_id: query.id, connection_id: connection.id, mapping, mode: { mode: "snapshot" } });
  const stored = () => server.api<{ mapping: Record<string, unknown> }>("GET", `/api/v1/series/${id}`);
  const before = await stored();
  await page.goto(`/series/${id}/edit`);
  await expect(page.getByRole("button", { name: "temp_out becomes: Field" })).toBeVisible();
  await expect(page.getByRole("button", { name: "temp_secret becomes: Nothing" })).toBeVisible();
  await page.getByRole("textbox", { name: "Name of the series" }).fill("climate");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "climate", level: 1, exact: true })).toBeVisible();
  expect((await stored()).mapping).toEqual(before.mapping);
  await expect(page.getByText("temp_in → inside")).toBeVisible();
  await sound(page);

  await page.goto(`/series/${id}/edit`);
  await page.getByRole("button", { name: "temp_out becomes: Field" }).click();
  await page.getByRole("menuitem", { name: /Nothing/ }).click();
  await page.getByRole("button", { name: /^at becomes/ }).click();
  await page.getByRole("menuitem", { name: /Nothing/ }).click();
  await page.getByRole("button", { name: /^More about the mapping/ }).click();
  await page.getByRole("button", { name: "Remove the tag plant" }).click();
  await page.getByRole("button", { name: "A field" }).click();
  const added = page.getByRole("group", { name: "Of every point: field 2" });
  await expect(added.getByRole("textbox", { name: "Name" })).toBeFocused();
  await page.keyboard.type("up");
  await page.getByRole("group", { name: "Of every point: field up" }).getByRole("combobox", { name: "Type" }).selectOption("true or false");
  await expect(page.getByRole("listbox", { name: "Line protocol" }).getByRole("option").first()).toContainText("build=7i,up=true");
  await sound(page);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "climate", level: 1, exact: true })).toBeVisible();
  const { time: _time, constant_tags: _tags, ...rest } = before.mapping;
  expect((await stored()).mapping).toEqual({
    ...rest, fields: { columns: ["pieces", "temp_*", "!temp_secret", "!temp_out"] }, constant_fields: { build: { integer: 7 }, up: { boolean: true } },
  });
});
