// The procedures of the three documents that docs/seeds.md goes through, done on the screen step by step and in their order, by somebody who
// has them open beside it. Their words are in the comments.

import { randomBytes } from "node:crypto";
import type { Locator, Page } from "@playwright/test";
import { expect, real, type Server, test as base } from "./harness";
import { influx2, type Influx2 } from "./harness/influx2";
import { kapacitor } from "./harness/kapacitor";

const V2 = { organization: "plant", bucket: "sensors", token: "e2e-token-of-the-plant==" };
const KAPACITOR_PASSWORD = "e2e-kapacitor";

const test = base.extend<{ v2: Influx2; alerts: string }>({
  /** An InfluxDB 2. */
  v2: async ({}, use) => {
    const influx = await influx2(V2);
    await use(influx);
    await influx.stop();
  },
  /** The URL of a Kapacitor that asks for a login. */
  alerts: async ({}, use) => {
    const { url, stop } = await kapacitor({ password: KAPACITOR_PASSWORD });
    await use(url);
    await stop();
  },
});

interface Stored {
  id: string;
  name: string;
  default: boolean;
  active?: boolean;
}

/** A new database in the InfluxDB that asks for a login, and the login. */
async function withLogin(): Promise<{ url: string; database: string; username: string; password: string }> {
  const login = real.influxWithLogin();
  const database = `e2e_${randomBytes(6).toString("hex")}`;
  const headers = { Authorization: `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}` };
  const answer = await fetch(`${login.url}/query`, { method: "POST", headers, body: new URLSearchParams({ q: `CREATE DATABASE "${database}"` }) });
  expect(answer.ok).toBe(true);
  return { ...login, database };
}

/** "At least one connection has been established": to the real InfluxDB with a login, by the API. */
async function established(server: Server, name = "plant"): Promise<Stored & { password: string; database: string }> {
  const { password, ...rest } = await withLogin();
  const made = await server.api<Stored>("POST", "/api/v1/connections", { name, driver: "v1", ...rest, secrets: { password } });
  return { ...made, password, database: rest.database };
}

const stored = async (server: Server): Promise<Stored[]> => (await server.api<{ items: Stored[] }>("GET", "/api/v1/connections")).items;
const field = (page: Page, name: string): Locator => page.getByRole("textbox", { name, exact: true });
const row = (page: Page, name: string): Locator =>
  page.getByRole("region", { name: "connections" }).getByRole("row").filter({ has: page.getByRole("link", { name, exact: true }) });
const steps = (page: Page): Locator => page.getByRole("log", { name: "Steps of the check" });

/** Whatever is open: "Connections" in the menu at the side. */
async function openConnections(page: Page): Promise<void> {
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Connections" }).click();
  await expect(page.getByRole("heading", { name: "Connections", level: 1 })).toBeVisible();
}

/** The button of the page's head, and the view that it opens. */
async function add(page: Page): Promise<void> {
  await page.getByRole("main").getByRole("link", { name: "Add connection" }).first().click();
  await expect(page.getByRole("heading", { name: "Add connection", level: 1 })).toBeVisible();
}

/** What is asked for in the section Credentials. */
async function credentials(page: Page): Promise<string[]> {
  const asked = page.getByRole("region", { name: "Credentials" }).getByRole("textbox");
  return asked.evaluateAll((fields) => fields.map((one) => (one as HTMLInputElement).labels?.[0]?.textContent?.replace(" *", "") ?? ""));
}

test.describe("Manage the connections", () => {
  test("adding a connection asks for a name and a driver, and the credentials differ by driver", async ({ page }) => {
    await page.goto("/");
    await openConnections(page);
    // 1. Click the (Add) button. The Create connection view is displayed.
    await add(page);
    // 2. Enter a name for the connection in the Name field.
    await field(page, "Name").fill("plant");
    // 3. Click the Driver drop-down list and select the desired driver.
    const driver = page.getByRole("combobox", { name: "Driver" });
    await expect(driver.getByRole("option", { name: "InfluxDB driver V1" })).toBeAttached();
    await expect(driver.getByRole("option", { name: "InfluxDB driver V2" })).toBeAttached();
    // Depending on the selected driver, the fields in the Credentials section differ.
    await driver.selectOption({ label: "InfluxDB driver V1" });
    await expect.poll(() => credentials(page)).toEqual(["URL", "Database", "Default retention policy", "Username", "Password", "Telegraf database"]);
    await driver.selectOption({ label: "InfluxDB driver V2" });
    await expect.poll(() => credentials(page)).toEqual(["URL", "Organization", "Bucket", "API token"]);
    await expect(field(page, "Name")).toHaveValue("plant");
  });

  test("a V1 connection is created field by field and is in the list", async ({ page, server }) => {
    const { url, database, username, password } = await withLogin();
    await page.goto("/");
    await openConnections(page);
    await add(page);
    await field(page, "Name").fill("plant");
    await page.getByRole("combobox", { name: "Driver" }).selectOption({ label: "InfluxDB driver V1" });
    // 1. to 4. Enter the InfluxDB URL, the database identifier, the username, the password.
    await field(page, "URL").fill(url);
    await field(page, "Database").fill(database);
    await field(page, "Username").fill(username);
    await field(page, "Password").fill(password);
    // 5. Click the button. The connection has been saved. The new connection is displayed in the list of connections.
    await page.getByRole("main").getByRole("button", { name: "Add connection" }).click();
    await expect(page.getByText("The connection plant was added")).toBeVisible();
    await expect(page).toHaveURL(/\/connections$/);
    await expect(row(page, "plant")).toContainText(url);
    await expect(row(page, "plant")).toContainText(database);
    await expect(row(page, "plant").getByText("Verified")).toBeVisible();
    expect(await stored(server)).toMatchObject([{ name: "plant", driver: "v1", database, username }]);
  });

  test("a V2 connection is created field by field and is in the list", async ({ page, server, v2 }) => {
    await page.goto("/");
    await openConnections(page);
    await add(page);
    await field(page, "Name").fill("plant two");
    await page.getByRole("combobox", { name: "Driver" }).selectOption({ label: "InfluxDB driver V2" });
    // 1. to 4. Enter the InfluxDB URL, the organization name, the database identifier in the Bucket field, the API token.
    await field(page, "URL").fill(v2.url);
    await field(page, "Organization").fill(V2.organization);
    await field(page, "Bucket").fill("no such bucket");
    await field(page, "API token").fill(V2.token);
    await page.getByRole("main").getByRole("button", { name: "Add connection" }).click();
    // All necessary credentials are provided by InfluxDB: what is wrong is told at its field, with what there is.
    await expect(field(page, "Bucket")).toBeFocused();
    await expect(steps(page)).toContainText("sensors");
    await field(page, "Bucket").fill(V2.bucket);
    // 5. Click the button. The connection has been saved. The new connection is displayed in the list of connections.
    await page.getByRole("main").getByRole("button", { name: "Add connection" }).click();
    await expect(page).toHaveURL(/\/connections$/);
    await expect(row(page, "plant two")).toContainText("plant / sensors");
    await expect(row(page, "plant two").getByText("Verified")).toBeVisible();
    expect(JSON.stringify(await stored(server))).not.toContain(V2.token);
  });

  test("editing begins at the row or at Edit in the toolbar, and ends in the list after the notice", async ({ page, server }) => {
    const { id, database } = await established(server);
    await page.goto("/");
    await openConnections(page);
    // 1. Click the connection to be edited in the list of connections.
    await row(page, "plant").getByText(database).click();
    await expect(page).toHaveURL(new RegExp(`/connections/${id}$`));
    await page.getByRole("main").getByRole("link", { name: "Edit", exact: true }).click();
    await expect(page.getByRole("heading", { name: "Edit plant", level: 1 })).toBeVisible();
    // Alternatively, select the checkbox of the connection and click Edit in the editing toolbar.
    await openConnections(page);
    await expect(page.getByRole("toolbar", { name: "Selected connections" })).toHaveCount(0);
    await page.getByRole("checkbox", { name: "Select plant" }).check();
    await page.getByRole("toolbar", { name: "Selected connections" }).getByRole("link", { name: "Edit" }).click();
    // The Edit connection view is displayed. The driver selection is read-only and cannot be edited.
    await expect(page.getByRole("heading", { name: "Edit plant", level: 1 })).toBeVisible();
    await expect(field(page, "Driver")).toHaveValue("InfluxDB driver V1");
    await expect(field(page, "Driver")).not.toBeEditable();
    await expect(page.getByRole("combobox", { name: "Driver" })).toHaveCount(0);
    // 2. Edit the desired data of the connection in the corresponding fields.
    await field(page, "Name").fill("plant one");
    await field(page, "Default retention policy").fill("autogen");
    // 3. Click the button. The Checking credentials notice is displayed.
    await held(page, async () => {
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await expect(page.getByRole("heading", { name: "Checking credentials" })).toBeVisible();
    });
    // The view is automatically closed when the changes have been saved. The edited connection is displayed in the list.
    await expect(page).toHaveURL(/\/connections$/);
    await expect(row(page, "plant one")).toContainText(`${database}, autogen`);
    await expect(row(page, "plant one").getByText("Verified")).toBeVisible();
  });

  test("the credentials that are edited differ by driver version", async ({ page, server, v2 }) => {
    const { id: first } = await established(server);
    const { token, ...rest } = V2;
    const { id: second } = await server.api<Stored>("POST", "/api/v1/connections", { name: "plant two", driver: "v2", url: v2.url, ...rest, secrets: { token } });
    await page.goto(`/connections/${first}/edit`);
    await expect.poll(() => credentials(page)).toEqual(["URL", "Database", "Default retention policy", "Username", "Telegraf database"]);
    await expect(page.getByRole("button", { name: "Replace Password" })).toBeVisible();
    await page.goto(`/connections/${second}/edit`);
    await expect.poll(() => credentials(page)).toEqual(["URL", "Organization", "Bucket"]);
    // A changed credential: a wrong one is told and not saved, the right one is.
    await page.getByRole("button", { name: "Replace API token" }).click();
    await field(page, "API token").fill("another");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByRole("heading", { name: "The check failed" })).toBeVisible();
    await expect(field(page, "API token")).toBeFocused();
    await field(page, "API token").fill(V2.token);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page).toHaveURL(/\/connections$/);
    await expect(row(page, "plant two").getByText("Verified")).toBeVisible();
  });
});

/** Keeps the answer of the next save back until `look` is done. */
async function held(page: Page, look: () => Promise<void>): Promise<void> {
  let release = () => {};
  const looked = new Promise<void>((done) => {
    release = done;
  });
  await page.route(
    "**/api/v1/connections/*",
    async (route) => {
      await looked;
      await route.continue();
    },
    { times: 1 },
  );
  await look();
  release();
}

test.describe("Creating InfluxDB and Kapacitor connections", () => {
  test("Add Connection begins with what the document says, and ends in the list", async ({ page, server }) => {
    const { url, database, username, password } = await withLogin();
    await page.goto("/");
    // 1. Open Chronograf and click Configuration in the navigation menu. 2. Click Add Connection.
    await openConnections(page);
    await add(page);
    // 3. Enter values for the following fields. Connection String: the field is prefilled with http://localhost:8086.
    await expect(field(page, "URL")).toHaveValue("http://localhost:8086");
    await field(page, "URL").fill(url);
    await field(page, "Name").fill("My InfluxDB");
    // Username, Password: only required if authorization is enabled.
    for (const name of ["Username", "Password"]) {
      await expect(field(page, name)).toHaveValue("");
      await expect(field(page, name)).not.toHaveAttribute("required");
    }
    await field(page, "Username").fill(username);
    await field(page, "Password").fill(password);
    // Telegraf Database: the field is prefilled with telegraf.
    await expect(field(page, "Telegraf database")).toHaveValue("telegraf");
    await field(page, "Database").fill(database);
    // Default Retention Policy: if none is provided, it assumes autogen.
    await expect(field(page, "Default retention policy")).toHaveValue("");
    await expect(field(page, "Default retention policy")).toHaveAttribute("placeholder", "autogen");
    // Make this the default source: by default, this option is selected.
    await expect(page.getByRole("checkbox", { name: "Make this the default connection" })).toBeChecked();
    // 4. Click Add Connection. If the connection is valid, the Configuration page displays, including the new InfluxDB connection.
    await page.getByRole("main").getByRole("button", { name: "Add connection" }).click();
    await expect(page.getByRole("heading", { name: "Connections", level: 1 })).toBeVisible();
    await expect(row(page, "My InfluxDB").getByText("Default")).toBeVisible();
    expect(await stored(server)).toMatchObject([{ name: "My InfluxDB", default: true, telegraf_database: "telegraf" }]);
    // And this InfluxDB connection will be used.
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Explore" }).click();
    await expect(page.getByRole("combobox", { name: "Connection" })).toHaveValue("My InfluxDB");
  });

  test("unable to create source: error contacting source, and why", async ({ page, server, expected }) => {
    expected.push(/status of 50\d .*connections\/detect/);
    const { url, database, username, password } = await withLogin();
    await page.goto("/connections/new");
    await field(page, "Name").fill("plant");
    await field(page, "Database").fill(database);
    await field(page, "Username").fill(username);
    await field(page, "Password").fill(password);
    const alert = page.getByRole("alert").filter({ hasText: "Unable to create source: Error contacting source." });
    // Ensure that the InfluxDB instance is running and accessible …
    await field(page, "URL").fill("http://127.0.0.1:9");
    await page.getByRole("main").getByRole("button", { name: "Add connection" }).click();
    await expect(alert).toContainText("connecting to 127.0.0.1:9: Connection refused");
    await expect(steps(page)).toContainText("nothing listens on port 9");
    // … and that all connection credentials are correct.
    await field(page, "URL").fill(url);
    await field(page, "Password").fill("wrong");
    await page.getByRole("main").getByRole("button", { name: "Add connection" }).click();
    await expect(alert).toContainText(/password|authorization/i);
    expect(await stored(server)).toEqual([]);
    await field(page, "Password").fill(password);
    await page.getByRole("main").getByRole("button", { name: "Add connection" }).click();
    await expect(row(page, "plant").getByText("Verified")).toBeVisible();
  });

  test("switching organizations saves nothing that was filled in and opens the list of them", async ({ page, server }) => {
    await server.api("POST", "/api/v1/organizations", { name: "plant" });
    await page.goto("/connections/new");
    await field(page, "Name").fill("half");
    await field(page, "Database").fill("half");
    await page.getByRole("button", { name: "Switch organization, default is shown" }).click();
    await expect(page.getByRole("menu").getByText("Switch organization")).toBeVisible();
    await expect(page.getByRole("menuitem")).toHaveText(["default", "plant", "All organizations"]);
    await page.getByRole("menuitem", { name: "plant" }).click();
    // It is asked first, and whoever stays has lost nothing.
    const dialog = page.getByRole("dialog", { name: "Leave without saving?" });
    await dialog.getByRole("button", { name: "Stay here" }).click();
    await expect(field(page, "Name")).toHaveValue("half");
    await page.getByRole("button", { name: "Switch organization, default is shown" }).click();
    await page.getByRole("menuitem", { name: "plant" }).click();
    await dialog.getByRole("button", { name: "Leave" }).click();
    await expect(page.getByRole("button", { name: "Switch organization, plant is shown" })).toBeVisible();
    await openConnections(page);
    await expect(page.getByRole("heading", { name: "No connection yet" })).toBeVisible();
    await add(page);
    await expect(field(page, "Name")).not.toHaveValue("half");
    await expect(field(page, "Database")).toHaveValue("telegraf");
    expect(await stored(server)).toEqual([]);
  });

  test("Add Kapacitor stands next to a connection that has none, and ends in Kapacitor Created", async ({ page, server, alerts }) => {
    await server.api("POST", "/api/v1/connections?check=skip", { name: "plant", driver: "v1", url: "http://localhost:8086", database: "telegraf" });
    await page.goto("/");
    await openConnections(page);
    // 2. Next to an existing InfluxDB connection, click Add Kapacitor Connection if there are no existing Kapacitor connections.
    await row(page, "plant").getByRole("link", { name: "Add Kapacitor" }).click();
    // 3. In the Connection Details section, enter values. Kapacitor URL: the field is prefilled with http://localhost:9092.
    const details = page.getByRole("region", { name: "Connection details" });
    await expect(details.getByRole("textbox", { name: "Kapacitor URL" })).toHaveValue("http://localhost:9092");
    await field(page, "Kapacitor URL").fill(alerts);
    await field(page, "Name").fill("alerts");
    for (const name of ["Username", "Password"]) await expect(field(page, name)).not.toHaveAttribute("required");
    // 4. Click Connect. Only if the connection is valid, the message appears.
    await page.getByRole("button", { name: "Connect" }).click();
    await expect(page.getByRole("heading", { name: "The check failed" })).toBeVisible();
    await expect(page.getByText("Kapacitor Created!")).toHaveCount(0);
    await field(page, "Username").fill("ops");
    await field(page, "Password").fill(KAPACITOR_PASSWORD);
    await page.getByRole("button", { name: "Connect" }).click();
    await expect(page.getByText("Kapacitor Created! Configuring endpoints is optional.")).toBeVisible();
    await openConnections(page);
    await expect(row(page, "plant").getByRole("button", { name: "Kapacitor of plant: alerts" })).toBeVisible();
  });

  test("Add Kapacitor is in the dropdown list, and so is the active Kapacitor", async ({ page, server, alerts }) => {
    const { id } = await established(server);
    await server.api("POST", `/api/v1/connections/${id}/kapacitors?check=skip`, { name: "alerts", url: alerts });
    await page.goto("/");
    await openConnections(page);
    // Or select Add Kapacitor Connection in the Kapacitor Connection dropdown list.
    const chooser = row(page, "plant").getByRole("button", { name: /^Kapacitor of plant/ });
    await chooser.click();
    await page.getByRole("menuitem", { name: "Add Kapacitor" }).click();
    await field(page, "Kapacitor URL").fill(alerts);
    await field(page, "Name").fill("night");
    await field(page, "Username").fill("ops");
    await field(page, "Password").fill(KAPACITOR_PASSWORD);
    await page.getByRole("button", { name: "Connect" }).click();
    await expect(page.getByText("Kapacitor Created! Configuring endpoints is optional.")).toBeVisible();
    // To specify an active Kapacitor connection: those that are associated with this InfluxDB connection are in its list.
    await openConnections(page);
    await expect(chooser).toHaveText("alerts");
    await chooser.click();
    await expect(page.getByText("Active Kapacitor")).toBeVisible();
    await expect(page.getByRole("menuitemradio")).toHaveText(["alerts", "night"]);
    await page.getByRole("menuitemradio", { name: "night" }).click();
    await expect(chooser).toHaveText("night");
    const { items } = await server.api<{ items: Stored[] }>("GET", "/api/v1/kapacitors");
    expect(items.filter(({ active }) => active).map(({ name }) => name)).toEqual(["night"]);
  });

  test("the name of a connection leads to its changes, which are saved", async ({ page, server }) => {
    await established(server);
    await page.goto("/");
    // The Configuration page displays the available InfluxDB connections. Click the source name that you want to edit.
    await openConnections(page);
    await row(page, "plant").getByRole("link", { name: "plant", exact: true }).click();
    await page.getByRole("main").getByRole("link", { name: "Edit", exact: true }).click();
    // Make any changes and click Save Changes.
    await field(page, "Telegraf database").fill("metrics");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByText("The connection plant was saved")).toBeVisible();
    expect(await stored(server)).toMatchObject([{ name: "plant", telegraf_database: "metrics" }]);
  });
});
