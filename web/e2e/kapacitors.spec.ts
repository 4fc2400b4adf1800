import type { Locator, Page } from "@playwright/test";
import { expect, influxDatabase, real, type Server, sound, test as base } from "./harness";
import { kapacitor } from "./harness/kapacitor";
import { tabTo } from "./harness/keys";

const PASSWORD = "e2e-kapacitor";

const test = base.extend<{ open: string; closed: string }>({
  /** A Kapacitor that lets everybody in. */
  open: async ({}, use) => {
    const { url, stop } = await kapacitor();
    await use(url);
    await stop();
  },
  /** One that asks for a login. */
  closed: async ({}, use) => {
    const { url, stop } = await kapacitor({ password: PASSWORD });
    await use(url);
    await stop();
  },
});

interface Stored {
  id: string;
  name: string;
  active: boolean;
}

function connection(server: Server, url = real.influx()): Promise<Stored> {
  return server.api("POST", "/api/v1/connections?check=skip", { name: "plant", driver: "v1", url, database: "telegraf" });
}

function keep(server: Server, of: Stored, name: string, url: string): Promise<Stored> {
  return server.api("POST", `/api/v1/connections/${of.id}/kapacitors?check=skip`, { name, url });
}

const field = (page: Page, name: string): Locator => page.getByRole("textbox", { name, exact: true });
const steps = (page: Page): Locator => page.getByRole("log", { name: "Steps of the check" });

test("a Kapacitor is added next to its connection, and the message says that endpoints are optional", async ({ page, server, open }) => {
  await connection(server, "http://localhost:8086");
  await page.goto("/connections");
  await page.getByRole("link", { name: "Add Kapacitor" }).click();
  await expect(field(page, "Kapacitor URL")).toHaveValue("http://localhost:9092");
  await expect(page.getByRole("checkbox", { name: /Make this the active Kapacitor/ })).toBeChecked();
  await sound(page);
  await field(page, "Name").fill("alerts");
  await field(page, "Kapacitor URL").fill(open);
  await page.getByRole("button", { name: "Connect" }).click();
  await expect(page.getByText("Kapacitor Created! Configuring endpoints is optional.")).toBeVisible();
  await expect(page.getByRole("region", { name: "Kapacitor" }).getByRole("button", { name: "Kapacitor of plant: alerts" })).toBeVisible();
});

test("the host of a new Kapacitor is that of its connection", async ({ page, server }) => {
  const { id } = await connection(server, "https://influx.example.com:8086/sub");
  await page.goto(`/connections/${id}/kapacitors/new`);
  await expect(field(page, "Kapacitor URL")).toHaveValue("https://influx.example.com:9092");
  await expect(page.getByRole("radiogroup", { name: "Whom to trust" })).toBeVisible();
});

const pasteBox = (page: Page): Locator => page.getByRole("region", { name: "Paste anything" });

async function paste(page: Page, text: string): Promise<void> {
  await pasteBox(page).getByRole("textbox").evaluate((box, given) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", given);
    box.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}

test("a pasted Kapacitor leads to its form on the connection that it belongs to, filled in", async ({ page, server }) => {
  await connection(server, "http://localhost:8086");
  await server.api("POST", "/api/v1/connections?check=skip", { name: "east", driver: "v1", url: "http://influx.example.com:8086", database: "telegraf" });
  await page.goto("/connections/new");
  await paste(page, "http://ops:e2e-pasted@influx.example.com:9092");
  const of = pasteBox(page).getByRole("combobox", { name: "Connection that it belongs to" });
  // On the same machine.
  await expect(of.locator("option:checked")).toHaveText("east");
  await expect(pasteBox(page)).not.toContainText("e2e-pasted");
  await sound(page);
  await of.selectOption({ label: "plant" });
  await pasteBox(page).getByRole("button", { name: "Add Kapacitor" }).click();
  await expect(page.getByText("For the connection plant.")).toBeVisible();
  await expect(page.getByText("Filled in with what you pasted, its password too.")).toBeVisible();
  await expect(field(page, "Kapacitor URL")).toHaveValue("http://influx.example.com:9092");
  await expect(field(page, "Username")).toHaveValue("ops");
  await expect(field(page, "Password")).toHaveValue("e2e-pasted");
  // It is not kept for another time.
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("dialog", { name: "Leave without saving?" }).getByRole("button", { name: "Leave" }).click();
  await page.getByRole("link", { name: "Add Kapacitor" }).click();
  await expect(field(page, "Kapacitor URL")).toHaveValue("http://localhost:9092");
});

test("a pasted .kap file waits until the connection of its InfluxDB is saved", async ({ page, server }) => {
  await page.goto("/connections/new");
  await paste(page, '{ "id": "10000", "srcID": "10000", "name": "My Kapacitor", "url": "http://localhost:9093", "active": true, "organization": "default" }');
  await expect(pasteBox(page).getByText("This is a Kapacitor, which belongs to a connection. Add the connection of its InfluxDB here")).toBeVisible();
  const { url, database } = await influxDatabase();
  await field(page, "URL").fill(url);
  await field(page, "Database").fill(database);
  await page.getByRole("main").getByRole("button", { name: "Add connection" }).click();
  await expect(page.getByRole("heading", { name: "Add Kapacitor", level: 1 })).toBeVisible();
  await expect(field(page, "Kapacitor URL")).toHaveValue("http://localhost:9093");
  const { items } = await server.api<{ items: Stored[] }>("GET", "/api/v1/connections");
  expect(items.map(({ name }) => name)).toEqual([`127.0.0.1 ${database}`]);
});

test("an address where a Kapacitor answers leads to its form too", async ({ page, server, open }) => {
  await connection(server);
  await page.goto("/connections/new");
  await field(page, "URL").fill(open);
  await page.getByRole("button", { name: "Detect" }).click();
  await page.getByRole("button", { name: "Add Kapacitor" }).click();
  await page.getByRole("dialog", { name: "Leave without saving?" }).getByRole("button", { name: "Leave" }).click();
  await expect(field(page, "Kapacitor URL")).toHaveValue(open);
});

test("a wrong login is told at its field, and an InfluxDB is not taken for a Kapacitor", async ({ page, server, closed }) => {
  const { id } = await connection(server);
  await page.goto(`/connections/${id}/kapacitors/new`);
  await field(page, "Kapacitor URL").fill(real.influx());
  await page.getByRole("button", { name: "Connect" }).click();
  await expect(page.getByRole("heading", { name: "The check failed" })).toBeVisible();
  await expect(steps(page).getByText("product", { exact: true })).toBeVisible();
  await expect(field(page, "Kapacitor URL")).toBeFocused();

  await field(page, "Kapacitor URL").fill(closed);
  await field(page, "Username").fill("ops");
  await field(page, "Password").fill("wrong");
  await page.getByRole("button", { name: "Connect" }).click();
  await expect(steps(page).getByText("authentication", { exact: true })).toBeVisible();
  await expect(field(page, "Password")).toBeFocused();
  await field(page, "Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Connect" }).click();
  await expect(page.getByText("Kapacitor Created! Configuring endpoints is optional.")).toBeVisible();
});

test("one of several is active, and another one is made it from the list of connections", async ({ page, server, open }) => {
  const plant = await connection(server);
  await keep(server, plant, "alerts", open);
  await keep(server, plant, "night", open);
  await page.goto("/connections");
  await page.getByRole("button", { name: "Kapacitor of plant: alerts" }).click();
  await expect(page.getByRole("menuitemradio", { name: "alerts" })).toHaveAttribute("aria-checked", "true");
  await page.getByRole("menuitemradio", { name: "night" }).click();
  await expect(page.getByRole("button", { name: "Kapacitor of plant: night" })).toBeVisible();
  await expect(page).toHaveURL(/\/connections$/);
  const { items } = await server.api<{ items: Stored[] }>("GET", "/api/v1/kapacitors");
  expect(items.filter(({ active }) => active).map(({ name }) => name)).toEqual(["night"]);

  await page.getByRole("link", { name: "Kapacitors" }).click();
  const rows = page.getByRole("region", { name: "Kapacitors" });
  await expect(rows.getByRole("row", { name: /night/ }).getByText("Active")).toBeVisible();
  await expect(rows.getByRole("row", { name: /alerts/ }).getByText("Active")).toHaveCount(0);
  await sound(page);
  await rows.getByRole("link", { name: "alerts" }).click();
  await page.getByRole("button", { name: "Activate" }).click();
  await expect(page.getByText("alerts is the active Kapacitor of plant")).toBeVisible();
});

test("a Kapacitor is added, another made the active one, and one deleted and brought back with the keyboard alone", async ({ page, server, open }) => {
  const plant = await connection(server);
  await keep(server, plant, "alerts", open);
  await page.goto("/connections");
  const chooser = page.getByRole("button", { name: /^Kapacitor of plant/ });
  await tabTo(page, chooser);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menu")).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("menuitemradio", { name: "alerts" })).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await expect(page.getByRole("menuitem", { name: "Add Kapacitor" })).toBeFocused();
  await page.keyboard.press("Enter");
  await tabTo(page, field(page, "Kapacitor URL"));
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type(open);
  await tabTo(page, field(page, "Name"));
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("night");
  await tabTo(page, page.getByRole("button", { name: "Connect", exact: true }));
  await page.keyboard.press("Enter");
  await expect(page.getByText("Kapacitor Created! Configuring endpoints is optional.")).toBeVisible();

  await tabTo(page, chooser);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menu")).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("menuitemradio", { name: "alerts" })).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(chooser).toHaveText("night");

  await tabTo(page, chooser);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menu")).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("menuitemradio", { name: "night" })).toBeFocused();
  for (let at = 0; at < 2; at += 1) await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("menuitem", { name: "Open night" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "night", level: 1 })).toBeVisible();
  await tabTo(page, page.getByRole("button", { name: "Delete" }));
  await page.keyboard.press("Enter");
  await expect(page.getByText("Deleted the Kapacitor night")).toBeVisible();
  await page.keyboard.press("ControlOrMeta+Z");
  await expect(chooser).toHaveText("night");
});

test("a Kapacitor is checked, edited and deleted", async ({ page, server, open }) => {
  const plant = await connection(server);
  const { id } = await keep(server, plant, "alerts", open);
  await page.goto(`/connections/${plant.id}/kapacitors/${id}`);
  await page.getByRole("button", { name: "Check now" }).click();
  await expect(page.getByRole("heading", { name: "Every step passed" })).toBeVisible();
  await sound(page);

  await page.getByRole("link", { name: "Edit" }).click();
  await field(page, "Name").fill("alerts of the day");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("The Kapacitor alerts of the day was saved")).toBeVisible();

  await page.goto(`/connections/${plant.id}/kapacitors/${id}`);
  await page.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("region", { name: "Kapacitor" }).getByRole("link", { name: "Add Kapacitor" })).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("button", { name: /Kapacitor of plant: alerts of the day/ })).toBeVisible();
});
