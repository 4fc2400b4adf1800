import type { Locator, Page } from "@playwright/test";
import { expect, real, type Server, sound, test as base } from "./harness";
import { kapacitor } from "./harness/kapacitor";

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
