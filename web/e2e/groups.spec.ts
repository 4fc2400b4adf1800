// Groups: schedules in words, their next slots from the server, members in order.

import { sqliteFile } from "./harness/shop";
import { expect, influxDatabase, influxQuery, type Server, sound, test } from "./harness";

interface Made {
  id: string;
  name: string;
}

/** A group with three series on a small shop; each writes its own measurement. */
async function trio(server: Server, schedule: unknown = { cron: "0 7 * * *" }) {
  const path = await sqliteFile(server, "CREATE TABLE stock (product TEXT, pieces INTEGER); INSERT INTO stock VALUES ('cup', 3), ('pot', 4)");
  const influx = await influxDatabase();
  const database = await server.api<Made>("POST", "/api/v1/databases", { name: "shop", engine: "sqlite", path });
  const query = await server.api<Made>("POST", "/api/v1/queries", { name: "stock", database_id: database.id, sql: "SELECT product, pieces FROM stock" });
  const connection = await server.api<Made>("POST", "/api/v1/connections?check=skip", { name: "influx", driver: "v1", ...influx });
  const group = await server.api<Made>("POST", "/api/v1/groups", { name: "mornings", schedule, time_zone: "America/New_York" });
  for (const [position, name] of ["alpha", "beta", "gamma"].entries()) {
    const mapping = { measurement: { name }, tags: ["product"] };
    await server.api("POST", "/api/v1/series", { name, query_id: query.id, connection_id: connection.id, group_id: group.id, position, mapping, mode: { mode: "snapshot" } });
  }
  return { group, influx: influx.database };
}

const order = async (server: Server) => {
  const { items } = await server.api<{ items: { name: string; position: number }[] }>("GET", "/api/v1/series");
  return items.sort((a, b) => a.position - b.position).map(({ name }) => name);
};

test("a group with a cron line shows it in words and its next five slots, in its zone and mine", async ({ page, server }) => {
  await page.goto("/groups");
  await expect(page.getByRole("heading", { name: "No group yet" })).toBeVisible();
  await sound(page);
  await page.getByRole("link", { name: "Make a group" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("weekday mornings");
  // The viewer's own zone is the first choice.
  await expect(page.getByRole("combobox", { name: "Time zone" })).toHaveValue("Europe/Berlin");
  await page.getByRole("combobox", { name: "Time zone" }).fill("New_York");
  await page.getByRole("option", { name: "America/New_York" }).click();
  await page.getByRole("button", { name: "Begin with" }).click();
  await page.getByRole("menuitem", { name: /Monday to Friday at 07:00/ }).click();
  await expect(page.getByRole("textbox", { name: "Cron line" })).toHaveValue("0 7 * * MON-FRI");
  await expect(page.getByText("At 07:00, on Monday", { exact: false })).toBeVisible();

  const schedule = { schedule: { cron: "0 7 * * MON-FRI" }, time_zone: "America/New_York" };
  const { slots } = await server.api<{ slots: { local: string }[] }>("POST", "/api/v1/groups/next", { ...schedule, count: 5 });
  const table = page.getByRole("table", { name: "Next slots" });
  await expect(table.getByRole("row")).toHaveCount(6);
  for (const [at, { local }] of slots.entries()) {
    await expect(table.getByRole("row").nth(at + 1)).toContainText(local);
    // Six hours later here, except between the clock changes of both.
    await expect(table.getByRole("row").nth(at + 1)).toContainText(/1[12]:00:00|13:00:00/);
  }
  await expect(table.getByRole("columnheader")).toHaveText(["America/New_York", "Europe/Berlin (here)", "From now"]);
  await expect(page.getByText(/The clocks of America\/New_York next go (forward|back) on/)).toBeVisible();
  await sound(page);

  await page.getByRole("button", { name: "Make the group" }).click();
  await expect(page.getByRole("heading", { name: "weekday mornings", level: 1 })).toBeVisible();
  await expect(page.getByRole("table", { name: "Next slots" }).getByRole("row")).toHaveCount(6);
  await page.goto("/groups");
  const row = page.getByRole("row", { name: /weekday mornings/ });
  await expect(row).toContainText("At 07:00, on Monday");
  await expect(row).toContainText("America/New_York");
  await expect(row).toContainText("enabled");
  await sound(page);
});

test("a wrong cron line is told at its field, and the right one brings the slots back", async ({ page, server }) => {
  await page.goto("/groups/new");
  await page.getByRole("textbox", { name: "Name" }).fill("nightly");
  const line = page.getByRole("textbox", { name: "Cron line" });
  await line.fill("0 25 * * *");
  await expect(page.getByRole("alert")).toContainText("the hour field `25` cannot be read");
  await expect(page.getByText("hour: wrong")).toBeVisible();
  await expect(line).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByRole("table", { name: "Next slots" })).toHaveCount(0);
  await sound(page);

  await page.getByRole("button", { name: "Make the group" }).click();
  await expect(line).toBeFocused();
  expect((await server.api<{ items: unknown[] }>("GET", "/api/v1/groups")).items).toEqual([]);

  await line.fill("0 23 * * *");
  await expect(page.getByRole("table", { name: "Next slots" }).getByRole("row")).toHaveCount(6);
  await expect(page.getByRole("alert")).toHaveCount(0);
  await line.fill("* * * *");
  await expect(page.getByRole("alert")).toContainText("this has 4");
});

test("what a clock change does to a slot is said before it comes", async ({ page }) => {
  await page.goto("/groups/new");
  await page.getByRole("textbox", { name: "Cron line" }).fill("30 2 * * *");
  // Berlin skips 02:30 in spring and has it twice in autumn.
  await expect(page.getByText(/a clock change (skips|repeats)/).first()).toBeVisible();
  await page.getByText("At intervals", { exact: true }).click();
  await expect(page.getByText("An interval knows no time zone and no clock change.")).toBeVisible();
  await page.getByRole("textbox", { name: "Every" }).fill("90");
  await expect(page.getByText("Every 90 minutes")).toBeVisible();
});

test("members are put in order with the keyboard, and run in that order", async ({ page, server }) => {
  const { group, influx } = await trio(server);
  await page.goto(`/groups/${group.id}`);
  const members = page.getByRole("list", { name: "Series of the group" }).getByRole("listitem");
  await expect(members).toHaveCount(3);
  await sound(page);
  const down = page.getByRole("button", { name: "Move alpha down" });
  await down.focus();
  await page.keyboard.press("Enter");
  await expect(members.nth(1)).toContainText("alpha");
  await expect(down).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(members.nth(2)).toContainText("alpha");
  await expect(page.getByText("alpha is now 3 of 3")).toBeAttached();
  // At the end it stays where it is, and so does the focus.
  await expect(down).toHaveAttribute("aria-disabled", "true");
  await expect(down).toBeFocused();
  await expect.poll(() => order(server)).toEqual(["beta", "gamma", "alpha"]);
  await page.reload();
  await expect(members.first()).toContainText("beta");

  await page.getByRole("button", { name: "Run now" }).click();
  const runs = page.getByRole("region", { name: "The runs by hand" });
  await expect(runs.getByText("succeeded")).toHaveCount(3);
  await expect(runs.getByRole("link")).toHaveText(["beta", "gamma", "alpha"]);
  expect(await influxQuery("SHOW MEASUREMENTS", influx)).toEqual([["alpha"], ["beta"], ["gamma"]]);
});

test("members are put in order by dragging", async ({ page, server }) => {
  const { group } = await trio(server);
  await page.goto(`/groups/${group.id}`);
  const members = page.getByRole("list", { name: "Series of the group" }).getByRole("listitem");
  await members.nth(2).dragTo(members.nth(0), { sourcePosition: { x: 12, y: 12 }, targetPosition: { x: 60, y: 4 } });
  await expect(members.first()).toContainText("gamma");
  await expect.poll(() => order(server)).toEqual(["gamma", "alpha", "beta"]);
});

test("a series joins and leaves a group, and a group is disabled", async ({ page, server }) => {
  const { group } = await trio(server);
  await page.goto(`/groups/${group.id}`);
  const members = page.getByRole("list", { name: "Series of the group" }).getByRole("listitem");
  await page.getByRole("button", { name: "Take beta out of the group" }).click();
  await expect(members).toHaveCount(2);
  await page.getByRole("combobox", { name: "Add a series that exists" }).click();
  await page.getByRole("option", { name: "beta" }).click();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(members.nth(2)).toContainText("beta");
  await page.getByRole("switch", { name: "Enabled" }).click();
  await expect(page.getByText("It is disabled: these would be its slots.")).toBeVisible();
  // The page shows what was chosen at once, the server has it a moment later.
  await expect.poll(async () => (await server.api<{ enabled: boolean }>("GET", `/api/v1/groups/${group.id}`)).enabled).toBe(false);
});

test("deleting a group asks what becomes of its series, and can be undone", async ({ page, server }) => {
  const { group } = await trio(server);
  await server.api("POST", "/api/v1/groups", { name: "evenings", schedule: { every_s: 3_600 } });
  await page.goto(`/groups/${group.id}`);
  await page.getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("listitem")).toHaveText(["alpha", "beta", "gamma"]);
  await dialog.getByRole("radio", { name: "They go to another group" }).click();
  await sound(page);
  await dialog.getByRole("button", { name: "Delete" }).click();
  await expect(page).toHaveURL(/\/groups$/);
  await expect(page.getByRole("link", { name: "mornings" })).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("link", { name: "mornings" })).toBeVisible();

  await page.getByRole("link", { name: "mornings" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await dialog.getByRole("radio", { name: "They go to another group" }).click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  // Nobody says "Undo" for ten seconds.
  await expect.poll(async () => (await server.api<{ items: Made[] }>("GET", "/api/v1/groups")).items.map(({ name }) => name), { timeout: 25_000 }).toEqual(["evenings"]);
  const { items } = await server.api<{ items: { group_id: string }[] }>("GET", "/api/v1/series");
  expect(new Set(items.map((one) => one.group_id)).size).toBe(1);
});

test("a group is changed, and its policies are kept", async ({ page, server }) => {
  const { group } = await trio(server, { every_s: 300 });
  await page.goto(`/groups/${group.id}/edit`);
  await expect(page.getByRole("textbox", { name: "Every" })).toHaveValue("5");
  await page.getByRole("radio", { name: "The new slot waits" }).click();
  await page.getByRole("radio", { name: "The latest few run late" }).click();
  await page.getByRole("spinbutton", { name: "How many run late at most" }).fill("12");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("the latest 12 run late", { exact: false })).toBeVisible();
  const stored = await server.api<{ overlap: string; missed: unknown }>("GET", `/api/v1/groups/${group.id}`);
  expect([stored.overlap, stored.missed]).toEqual(["queue_one", { all: 12 }]);
});
