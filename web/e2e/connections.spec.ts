import { randomBytes } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import type { Locator, Page } from "@playwright/test";
import { expect, influxDatabase, NARROW, real, type Server, sound, test } from "./harness";
import { tabTo } from "./harness/keys";
import { influxBehindTls } from "./harness/tls";

/** What the browser says of an address where nobody answers. */
const NOBODY = /status of 50\d .*connections\/detect/;

interface Stored {
  id: string;
  name: string;
  default: boolean;
  state: string;
}

/** A connection that nobody asked whether it works. */
function keep(server: Server, name: string, more: object = {}): Promise<Stored> {
  const usual = { name, driver: "v1", url: "http://127.0.0.1:9", database: "telegraf" };
  return server.api("POST", "/api/v1/connections?check=skip", { ...usual, ...more });
}

/** A new database in the InfluxDB that asks for a login. */
async function databaseWithLogin(): Promise<string> {
  const { url, username, password } = real.influxWithLogin();
  const database = `e2e_${randomBytes(6).toString("hex")}`;
  const headers = { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` };
  const answer = await fetch(`${url}/query`, { method: "POST", headers, body: new URLSearchParams({ q: `CREATE DATABASE "${database}"` }) });
  expect(answer.ok).toBe(true);
  return database;
}

const field = (page: Page, name: string): Locator => page.getByRole("textbox", { name, exact: true });
const row = (page: Page, name: string): Locator => page.getByRole("row").filter({ has: page.getByRole("link", { name, exact: true }) });
const steps = (page: Page): Locator => page.getByRole("log", { name: "Steps of the check" });

async function paste(page: Page, text: string): Promise<void> {
  await field(page, "Paste anything").evaluate((box, given) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", given);
    box.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}

test("the first connection: a wrong password is told at its field, the right one is saved and listed", async ({ page }) => {
  const database = await databaseWithLogin();
  const { url, username, password } = real.influxWithLogin();
  await page.goto("/connections");
  await expect(page.getByRole("heading", { name: "No connection yet" })).toBeVisible();
  await page.getByRole("main").getByRole("link", { name: "Add connection" }).first().click();

  await field(page, "Name").fill("plant");
  await expect(page.getByRole("combobox", { name: "Driver" })).toHaveValue("v1");
  await field(page, "URL").fill(url);
  await field(page, "Database").fill(database);
  await expect(page.getByText(/InfluxDB 1.*answers/)).toBeVisible();
  await field(page, "Username").fill(username);
  await field(page, "Password").fill("wrong");
  await page.getByRole("button", { name: "Add connection" }).click();

  await expect(page.getByRole("heading", { name: "The check failed" })).toBeVisible();
  await expect(steps(page).getByText("authentication", { exact: true })).toBeVisible();
  await expect(steps(page).getByText("TRB-AUTH-002")).toBeVisible();
  await expect(field(page, "Password")).toBeFocused();
  await expect(field(page, "Password")).toHaveAttribute("aria-invalid", "true");

  await field(page, "Password").fill(password);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/connections$/);
  await expect(page.getByText("The connection plant was added")).toBeVisible();
  await expect(row(page, "plant").getByText("Default")).toBeVisible();
  await expect(row(page, "plant").getByText("Verified")).toBeVisible();
  await sound(page);
});

test("every driver begins with what is usual, and asks for its own credentials", async ({ page }) => {
  await page.goto("/connections/new");
  const driver = page.getByRole("combobox", { name: "Driver" });
  await expect(driver.getByRole("option")).toHaveText(["InfluxDB driver V1", "InfluxDB driver V2", "InfluxDB driver V3", "File driver"]);
  await expect(field(page, "URL")).toHaveValue("http://localhost:8086");
  await expect(field(page, "Database")).toHaveValue("telegraf");
  await expect(field(page, "Telegraf database")).toHaveValue("telegraf");
  await expect(field(page, "Default retention policy")).toHaveValue("");
  await expect(field(page, "Default retention policy")).toHaveAttribute("placeholder", "autogen");
  await expect(field(page, "Username")).toBeVisible();
  await expect(field(page, "Password")).toBeVisible();
  await expect(page.getByRole("checkbox", { name: "Make this the default connection" })).toBeChecked();

  await driver.selectOption("v2");
  await expect(field(page, "URL")).toHaveValue("http://localhost:8086");
  for (const name of ["Organization", "Bucket", "API token"]) await expect(field(page, name)).toBeVisible();
  for (const name of ["Database", "Username", "Password"]) await expect(field(page, name)).toHaveCount(0);

  await driver.selectOption("v3");
  await expect(field(page, "URL")).toHaveValue("http://localhost:8181");
  await expect(page.getByRole("combobox", { name: "Edition" })).toHaveValue("core");
  await expect(field(page, "Token")).toBeVisible();
  await expect(field(page, "Cluster id")).toHaveCount(0);
  await page.getByRole("combobox", { name: "Edition" }).selectOption("cloud_dedicated");
  await expect(field(page, "Cluster id")).toBeVisible();

  await driver.selectOption("file");
  await expect(field(page, "Folder")).toBeVisible();
  await expect(field(page, "URL")).toHaveCount(0);
  await sound(page);
});

test("a name is proposed until somebody gives one, and no connection has it yet", async ({ page, server, expected }) => {
  expected.push(NOBODY);
  await keep(server, "localhost telegraf");
  await page.goto("/connections/new");
  await expect(field(page, "Name")).toHaveValue("localhost telegraf 2");
  await field(page, "URL").fill("http://eu.example.com:8086");
  await field(page, "Database").fill("shop");
  await expect(field(page, "Name")).toHaveValue("eu.example.com shop");
  await field(page, "Name").fill("plant");
  await field(page, "Database").fill("orders");
  await expect(field(page, "Name")).toHaveValue("plant");
});

test("the steps of the check stand there from the beginning, light up as they are taken, and end at the first that fails", async ({ page, expected }) => {
  expected.push(NOBODY);
  await page.goto("/connections/new");
  const check = page.getByRole("region", { name: "Check" });
  const toCome = check.getByRole("list", { name: "Steps to come" }).getByRole("listitem");
  const step = (name: string) => new RegExp(`^${name}`);
  await expect(toCome).toHaveText(["url", "policy", "dns", "tcp", "http", "product", "authentication", "database", "write"].map(step));
  await field(page, "URL").fill("https://localhost:8086");
  await expect(toCome.nth(4)).toHaveText(/^tls/);
  await page.getByRole("combobox", { name: "Driver" }).selectOption("file");
  await expect(toCome).toHaveText(["url", "database", "write"].map(step));

  await page.getByRole("combobox", { name: "Driver" }).selectOption("v1");
  await field(page, "URL").fill("http://127.0.0.1:9");
  await page.getByRole("button", { name: "Check only" }).click();
  await expect(check.getByRole("heading", { name: "The check failed" })).toBeVisible();
  await expect(steps(page).getByRole("img", { name: "passed" })).toHaveCount(3);
  await expect(steps(page).getByRole("img", { name: "failed" })).toHaveCount(1);
  await expect(check.getByRole("list", { name: "Steps not tried" }).getByRole("listitem")).toHaveText(["http", "product", "authentication", "database", "write"].map(step));
});

test("a check that takes its time is stopped, and nothing is saved", async ({ page, server }) => {
  const silent = createServer();
  await new Promise<void>((ready) => silent.listen(0, "127.0.0.1", ready));
  await page.goto("/connections/new");
  await field(page, "URL").fill(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
  await page.getByRole("button", { name: "Add connection" }).click();
  await expect(steps(page).getByText("tcp", { exact: true })).toBeVisible();
  await expect(steps(page).getByText("http: The server answers")).toBeVisible();
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByRole("heading", { name: "Checked before it is saved" })).toBeVisible();
  expect((await server.api<{ items: Stored[] }>("GET", "/api/v1/connections")).items).toEqual([]);
  silent.close();
});

test("an empty list begins with the first connection", async ({ page }) => {
  await page.goto("/connections");
  await expect(page.getByRole("heading", { name: "No connection yet" })).toBeVisible();
  await sound(page);
});

test("what is missing is told at its field, and the focus goes to the first of it", async ({ page }) => {
  await page.goto("/connections/new");
  await page.getByRole("combobox", { name: "Driver" }).selectOption("v2");
  await field(page, "Name").fill("");
  await page.getByRole("button", { name: "Add connection" }).click();
  await expect(field(page, "Name")).toBeFocused();
  await expect(page.getByText("Give it a name")).toBeVisible();
  await expect(page.getByText("Give the bucket that is written to")).toBeVisible();
});

test("whatever is pasted fills the form, and nothing is sent anywhere", async ({ page }) => {
  await page.goto("/connections/new");
  await expect(field(page, "Paste anything")).toBeVisible();
  await page.waitForLoadState("networkidle");
  const sent: string[] = [];
  page.on("request", (request) => {
    const isTold = request.method() !== "GET" || /s3cret|example\.com|shop|orders/.test(request.url());
    if (isTold) sent.push(`${request.method()} ${request.url()}`);
  });

  await paste(page, "curl -XPOST -u writer:s3cret-p 'https://influx.example.com:8086/write?db=shop&rp=two_weeks' --data-binary 'cpu value=1'");
  await expect(field(page, "URL")).toHaveValue("https://influx.example.com:8086");
  await expect(field(page, "Database")).toHaveValue("shop");
  await expect(field(page, "Default retention policy")).toHaveValue("two_weeks");
  await expect(field(page, "Username")).toHaveValue("writer");
  await expect(field(page, "Password")).toHaveValue("s3cret-p");
  await expect(field(page, "Name")).toHaveValue("influx.example.com shop");
  await expect(field(page, "Paste anything")).toHaveValue("");
  const box = page.getByRole("region", { name: "Paste anything" });
  await expect(box.getByText("Password taken, not shown")).toBeVisible();
  await expect(box).not.toContainText("s3cret");

  await paste(page, 'export INFLUX_HOST=http://eu.example.com\nexport INFLUX_TOKEN="s3cret-t=="\nINFLUX_ORG=o\nINFLUX_BUCKET=orders\nINFLUX_COLOUR=blue\n');
  await expect(page.getByRole("combobox", { name: "Driver" })).toHaveValue("v2");
  await expect(field(page, "Bucket")).toHaveValue("orders");
  await expect(field(page, "API token")).toHaveValue("s3cret-t==");
  await expect(box.getByText("ignored: INFLUX_COLOUR")).toBeVisible();

  await paste(page, '[[outputs.influxdb]]\n  urls = ["http://a:8086", "http://b:8086"]\n  database = "shop"\n');
  await box.getByRole("button", { name: "b shop" }).click();
  await expect(field(page, "URL")).toHaveValue("http://b:8086");

  await paste(page, "postgres://reader:s3cret-sql@db.example.com/shop");
  await expect(box.getByText("This is a SQL database")).toBeVisible();
  await expect(box.getByRole("link", { name: "Add a database" })).toBeVisible();

  await box.getByRole("button", { name: "Empty" }).click();
  await paste(page, "http://127.0.0.1:9092");
  await expect(box.getByText("This is a Kapacitor, which belongs to a connection. Add the connection of its InfluxDB here")).toBeVisible();
  await sound(page);

  expect(sent).toEqual([]);
});

test("what answers at a URL is told, with the driver for it", async ({ page, expected }) => {
  expected.push(NOBODY);
  await page.goto("/connections/new");
  await page.getByRole("combobox", { name: "Driver" }).selectOption("v2");
  await field(page, "URL").fill(real.influx());
  await page.keyboard.press("Tab");
  await page.getByRole("button", { name: "Use InfluxDB driver V1" }).click();
  await expect(page.getByRole("combobox", { name: "Driver" })).toHaveValue("v1");
  await expect(field(page, "URL")).toHaveValue(real.influx());
  await expect(page.getByRole("button", { name: "Use InfluxDB driver V1" })).toHaveCount(0);

  await field(page, "URL").fill("http://127.0.0.1:9");
  await page.getByRole("button", { name: "Detect" }).click();
  await expect(page.getByRole("status").getByText(/127\.0\.0\.1:9/)).toBeVisible();
});

test("what is told of an address does not move the button that is being pressed", async ({ page, expected }) => {
  expected.push(NOBODY);
  await page.goto("/connections/new");
  const add = page.getByRole("button", { name: "Add connection" });
  const detected: string[] = [];
  page.on("request", (request) => request.url().endsWith("/detect") && detected.push(request.url()));
  await field(page, "URL").fill("http://127.0.0.1:9");
  await add.hover();
  await page.mouse.down();
  // Left by now, and drawn without the focus.
  await expect(field(page, "URL")).not.toBeFocused();
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  expect(detected).toEqual([]);
  await page.mouse.up();
  await expect(steps(page).getByText("TRB-TCP-001")).toBeVisible();
  await expect.poll(() => detected.length).toBe(1);

  // The same with what was typed into the box: the press saves nothing, and the box says why.
  const box = field(page, "Paste anything");
  await box.fill("http://127.0.0.1:9/?db=plant");
  await add.hover();
  await page.mouse.down();
  await expect(box).not.toBeFocused();
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  await page.mouse.up();
  await expect(page.getByText("This was not in the form yet. It is now: look at it, then save.")).toBeVisible();
  await expect(field(page, "Database")).toHaveValue("plant");
});

test("after a failed check it can be saved unverified", async ({ page, server, expected }) => {
  expected.push(NOBODY);
  await page.goto("/connections/new");
  await field(page, "Name").fill("later");
  await field(page, "URL").fill("http://127.0.0.1:9");
  await page.getByRole("button", { name: "Add connection" }).click();
  await expect(steps(page).getByText("TRB-TCP-001")).toBeVisible();
  await expect(field(page, "URL")).toBeFocused();
  await sound(page);
  await page.getByRole("button", { name: "Save unverified" }).click();
  await expect(row(page, "later").getByText("Unverified")).toBeVisible();
  const { items } = await server.api<{ items: Stored[] }>("GET", "/api/v1/connections");
  expect(items.map(({ name, state }) => [name, state])).toEqual([["later", "unverified"]]);
});

test("editing: the driver is read-only, credentials are checked, and the list shows the change", async ({ page, server }) => {
  const database = await databaseWithLogin();
  const { url, username, password } = real.influxWithLogin();
  await keep(server, "plant", { url, database, username, secrets: { password } });
  await page.goto("/connections");
  await row(page, "plant").getByRole("checkbox").check();
  await page.getByRole("toolbar", { name: "Selected connections" }).getByRole("link", { name: "Edit" }).click();

  await expect(page.getByRole("heading", { name: "Edit plant" })).toBeVisible();
  await expect(field(page, "Driver")).toHaveValue("InfluxDB driver V1");
  await expect(field(page, "Driver")).toHaveAttribute("readonly");
  await expect(page.getByRole("button", { name: "Replace Password" })).toBeVisible();
  await sound(page);

  // A kept password is not sent to another user's login.
  await field(page, "Username").fill("somebody");
  await expect(page.getByText("the stored one is never sent to another place")).toBeVisible();
  await field(page, "Username").fill(username);
  await expect(page.getByRole("button", { name: "Replace Password" })).toBeVisible();

  await field(page, "Name").fill("plant two");
  await field(page, "Telegraf database").fill("metrics");
  // Slow enough to be seen.
  await page.route("**/api/v1/connections/*", async (route) => {
    await new Promise((wake) => setTimeout(wake, 400));
    await route.continue();
  });
  await field(page, "Default retention policy").fill("autogen");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("Checking credentials").first()).toBeVisible();
  await expect(page).toHaveURL(/\/connections$/);
  await expect(row(page, "plant two")).toBeVisible();
  await expect(row(page, "plant two").getByText("Verified")).toBeVisible();
});

test("what somebody else saved meanwhile is not overwritten in silence", async ({ page, server }) => {
  const { id } = await keep(server, "plant");
  await page.goto(`/connections/${id}/edit`);
  await field(page, "Notes").fill("mine");
  await server.api("PATCH", `/api/v1/connections/${id}`, { name: "plant of Ana" });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const alert = page.getByRole("alert").filter({ hasText: "Somebody else changed the connection plant meanwhile" });
  await expect(alert).toBeVisible();
  await alert.getByRole("button", { name: "Save mine over theirs" }).click();
  await expect(row(page, "plant of Ana")).toBeVisible();
  expect(await server.api("GET", `/api/v1/connections/${id}`)).toMatchObject({ name: "plant of Ana", notes: "mine" });

  await page.goto(`/connections/${id}/edit`);
  await field(page, "Notes").fill("mine again");
  await server.api("PATCH", `/api/v1/connections/${id}`, { notes: "theirs" });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("button", { name: "Take theirs, drop mine" }).click();
  await expect(field(page, "Notes")).toHaveValue("theirs");
});

test("leaving a form with changes is asked about", async ({ page }) => {
  await page.goto("/connections/new");
  await field(page, "Name").fill("half");
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Connections" }).click();
  const dialog = page.getByRole("dialog", { name: "Leave without saving?" });
  await dialog.getByRole("button", { name: "Stay here" }).click();
  await expect(field(page, "Name")).toHaveValue("half");
  await page.getByRole("button", { name: "Cancel" }).click();
  await dialog.getByRole("button", { name: "Leave" }).click();
  await expect(page).toHaveURL(/\/connections$/);
});

test("exactly one is the default: made in one click, and deleting it asks who follows", async ({ page, server }) => {
  const first = await keep(server, "first");
  await keep(server, "second");
  await keep(server, "third");
  await page.goto("/connections");
  await row(page, "second").getByRole("link", { name: "second" }).press("Enter");
  await page.getByRole("button", { name: "Make default" }).click();
  await expect(page.getByText("second is the default connection")).toBeVisible();
  await expect(page.getByRole("main").getByText("Default", { exact: true })).toBeVisible();
  await sound(page);

  await page.getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete the connection second?" });
  const successor = dialog.getByRole("combobox", { name: "The default connection afterwards" });
  await expect(successor).toHaveValue(first.id);
  await successor.selectOption("third");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await expect(row(page, "second")).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(row(page, "second").getByText("Default")).toBeVisible();

  await row(page, "second").getByRole("checkbox").check();
  await page.getByRole("toolbar", { name: "Selected connections" }).getByRole("button", { name: "Delete" }).click();
  await successor.selectOption("third");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("third is the default connection now")).toBeVisible({ timeout: 20_000 });
  await expect(row(page, "third").getByText("Default")).toBeVisible();
  const { items } = await server.api<{ items: Stored[] }>("GET", "/api/v1/connections");
  expect(items.map((one) => [one.name, one.default])).toEqual([["first", false], ["third", true]]);
});

test("what a file defines is read-only, shows its file, and goes with it", async ({ page, server }) => {
  const folder = join(server.folder, "canned");
  await mkdir(folder, { recursive: true });
  const file = join(folder, "shop.src");
  const src = { id: "10000", name: "My InfluxDB", username: "test", password: "test", url: "http://localhost:8086", type: "influx", default: true };
  await writeFile(file, JSON.stringify({ ...src, insecureSkipVerify: false, telegraf: "telegraf" }));
  await page.goto("/connections");
  // The folder is read every few seconds, and the page follows.
  await expect(row(page, "My InfluxDB")).toBeVisible({ timeout: 20_000 });
  await expect(row(page, "My InfluxDB").getByText("shop.src")).toBeVisible();
  await row(page, "My InfluxDB").getByRole("link", { name: "My InfluxDB" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "Read-only here" })).toContainText("shop.src");
  for (const name of ["Edit", "Delete"]) await expect(page.getByRole("main").getByRole("button", { name, exact: true })).toHaveCount(0);
  await expect(page.getByRole("main").getByRole("link", { name: "Edit" })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Check now" })).toBeVisible();
  await sound(page);

  await rm(file);
  await page.goto("/connections");
  await expect(page.getByRole("heading", { name: "No connection yet" })).toBeVisible({ timeout: 20_000 });
});

test("a certificate that nobody vouches for is pinned with one click; not verifying is said for ever", async ({ page, server, expected }) => {
  expected.push(NOBODY);
  const tls = await influxBehindTls(server.folder);
  try {
    await page.goto("/connections/new");
    await field(page, "Name").fill("secure");
    await field(page, "URL").fill(tls.url);
    await field(page, "Database").fill(tls.database);
    await expect(page.getByRole("radio", { name: "The authorities that this machine trusts" })).toBeChecked();
    await page.getByRole("button", { name: "Add connection" }).click();
    await expect(steps(page).getByText("TRB-TLS-004")).toBeVisible();
    await expect(steps(page).getByText(/sha256: /)).toBeVisible();
    await page.getByRole("button", { name: "Pin this certificate" }).click();
    await expect(row(page, "secure").getByText("Verified")).toBeVisible();

    await row(page, "secure").getByRole("link", { name: "secure" }).click();
    await page.getByRole("link", { name: "Edit" }).click();
    await expect(page.getByRole("radio", { name: "One certificate and no other" })).toBeChecked();
    await page.getByRole("radio", { name: "Anyone: do not verify" }).check();
    await expect(page.getByText("Nobody knows who answers")).toBeVisible();
    await sound(page);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(row(page, "secure").getByText("Certificate not verified")).toBeVisible();
  } finally {
    await tls.stop();
  }
});

test("one connection: its facts, a check now, what depends on it, and the same without the console", async ({ page, server }) => {
  const database = await databaseWithLogin();
  const { url, username, password } = real.influxWithLogin();
  const { id } = await keep(server, "plant", { url, database, username, secrets: { password }, notes: "the one in town" });
  await page.goto(`/connections/${id}`);
  await expect(page.getByText("the one in town")).toBeVisible();
  await page.getByRole("button", { name: "Check now" }).click();
  await expect(page.getByRole("heading", { name: "Every step passed" })).toBeVisible();
  await expect(steps(page).getByText("write", { exact: true })).toBeVisible();
  await expect(page.getByRole("region", { name: "Health" }).getByText("Every step passed")).toBeVisible();
  await expect(page.getByRole("region", { name: "Series that write to it" }).getByText("None yet")).toBeVisible();

  await page.getByRole("button", { name: "Copy as" }).click();
  await page.getByRole("menuitem", { name: "Look at it first" }).click();
  const dialog = page.getByRole("dialog", { name: "The same without the console" });
  for (const [tab, secret] of [["curl", "$INFLUX_PASSWORD"], ["Command line", "$INFLUX_PASSWORD"], ["File", "{{ .INFLUX_PASSWORD }}"]] as const) {
    await dialog.getByRole("tab", { name: tab }).click();
    await expect(dialog.getByRole("tabpanel")).toContainText(secret);
    await expect(dialog.getByRole("tabpanel")).not.toContainText(password);
  }
});

test("the list is searched, sorted and cut by its address, and several are checked at once", async ({ page, server }) => {
  await keep(server, "alpha");
  await keep(server, "beta", { url: real.influx() });
  await keep(server, "gamma", { driver: "file", url: undefined, database: undefined, folder: join(server.folder, "lines") });
  await page.goto("/connections?q=a&sort=-name");
  const names = () => page.getByRole("rowgroup").last().getByRole("link", { name: /^(alpha|beta|gamma)$/ });
  await expect(names()).toHaveText(["gamma", "beta", "alpha"]);
  await page.getByRole("button", { name: "Name" }).click();
  await page.getByRole("textbox", { name: "Search connections" }).fill("V1");
  await expect(names()).toHaveCount(2);
  await expect(page).toHaveURL(/q=V1/);
  await page.getByRole("button", { name: "Choose columns" }).click();
  await page.getByRole("checkbox", { name: "Written to" }).uncheck();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("columnheader", { name: "Written to" })).toHaveCount(0);

  await page.getByRole("checkbox", { name: "Select all connections" }).check();
  await page.getByRole("textbox", { name: "Search connections" }).fill("");
  const bar = page.getByRole("toolbar", { name: "Selected connections" });
  await bar.getByRole("button", { name: "Check" }).click();
  await expect(bar.getByRole("status")).toContainText("failed");
  await expect(row(page, "alpha").getByText("Failing")).toBeVisible();
});

test("the list shows everything in its width: in columns, and in a narrow window a row in its first cell", async ({ page, server }) => {
  await keep(server, "a name that is much longer than anybody would like it to be, and goes on and on", {
    url: "http://influx.a-long-name-of-a-machine.somewhere.example.com:8086/with/a/sub/path", database: "a_database_with_a_long_name_of_its_own",
  });
  await page.goto("/connections");
  const list = page.getByRole("region", { name: "connections" });
  const isCut = () => list.evaluate(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth);
  for (const width of [1280, 1600, 900]) {
    await page.setViewportSize({ width, height: 800 });
    await expect(list.getByRole("columnheader", { name: "State" })).toBeVisible();
    await expect(list.getByRole("columnheader", { name: "Last check" })).toHaveCount(width === 1600 ? 1 : 0);
    await expect.poll(isCut, `cut at ${width} px`).toBe(false);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByRole("button", { name: "Choose columns" }).click();
  await page.getByRole("checkbox", { name: "Last check" }).check();
  await page.keyboard.press("Escape");
  await expect(list.getByRole("columnheader", { name: "Last check" })).toBeVisible();
  await page.reload();

  await page.setViewportSize(NARROW);
  await expect(list.getByRole("columnheader", { name: "State" })).toHaveCount(0);
  const only = list.getByRole("row").nth(1);
  for (const text of ["Unverified", "Default", /with\/a\/sub\/path/, "a_database_with_a_long_name_of_its_own"]) await expect(only.getByText(text)).toBeVisible();
  await expect.poll(isCut, "cut at 320 px").toBe(false);
  await only.getByRole("checkbox").check();
  await sound(page);
});

test("a connection is added with the keyboard alone", async ({ page, server }) => {
  const database = await databaseWithLogin();
  const { url, username, password } = real.influxWithLogin();
  await page.goto("/connections");
  await expect(page.getByRole("heading", { name: "No connection yet" })).toBeVisible();
  await tabTo(page, page.getByRole("main").getByRole("link", { name: "Add connection" }).first());
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Add connection", level: 1 })).toBeVisible();
  await tabTo(page, page.getByRole("combobox", { name: "Driver" }));
  // The same key goes on to the second driver and back again.
  await page.keyboard.press("ArrowDown");
  await expect(field(page, "Bucket")).toBeVisible();
  await page.keyboard.press("ArrowUp");
  for (const [name, text] of [["URL", url], ["Database", database], ["Username", username], ["Password", password]] as const) {
    await tabTo(page, field(page, name));
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.type(text);
  }
  await tabTo(page, page.getByRole("button", { name: "Add connection" }));
  await page.keyboard.press("Enter");
  await expect(row(page, `127.0.0.1 ${database}`).getByText("Verified")).toBeVisible();
  expect((await server.api<{ items: Stored[] }>("GET", "/api/v1/connections")).items).toHaveLength(1);
});

test("a connection is chosen, edited and checked with the keyboard alone", async ({ page, server }) => {
  const { url, database } = await influxDatabase();
  await keep(server, "plant", { url, database });
  await keep(server, "later");
  await page.goto("/connections");
  await tabTo(page, page.getByRole("checkbox", { name: "Select plant" }));
  await page.keyboard.press("Space");
  const bar = page.getByRole("toolbar", { name: "Selected connections" });
  await tabTo(page, bar.getByRole("link", { name: "Edit" }), "Shift+Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Edit plant" })).toBeVisible();
  await tabTo(page, field(page, "Name"));
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("plant one");
  await tabTo(page, field(page, "Default retention policy"));
  await page.keyboard.type("autogen");
  await page.keyboard.press("Enter");
  await expect(row(page, "plant one").getByText("Verified")).toBeVisible();
});

test("the default is changed, a connection deleted and brought back with the keyboard alone", async ({ page, server }) => {
  await keep(server, "plant");
  await keep(server, "later");
  await page.goto("/connections");
  await tabTo(page, page.getByRole("checkbox", { name: "Select later" }));
  await page.keyboard.press("Space");
  const bar = page.getByRole("toolbar", { name: "Selected connections" });
  await tabTo(page, bar.getByRole("button", { name: "Make default" }), "Shift+Tab");
  await page.keyboard.press("Enter");
  await expect(row(page, "later").getByText("Default")).toBeVisible();
  await expect(bar.getByRole("button", { name: "Make default" })).toHaveCount(0);
  await tabTo(page, bar.getByRole("button", { name: "Delete" }));
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Delete the connection later?" });
  await expect(dialog.getByRole("combobox", { name: "The default connection afterwards" })).toBeVisible();
  // What is safe has the focus, and Escape is the same.
  await expect(dialog.getByRole("button", { name: "Keep" })).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(dialog.getByRole("button", { name: "Delete" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(row(page, "later")).toHaveCount(0);
  await expect(page.getByText("Deleted the connection later")).toBeVisible();
  await page.keyboard.press("ControlOrMeta+Z");
  await expect(row(page, "later").getByText("Default")).toBeVisible();
  await expect(page.getByText("Deleted the connection later")).toHaveCount(0);
  expect((await server.api<{ items: Stored[] }>("GET", "/api/v1/connections")).items).toHaveLength(2);
});

test("of 5,000 connections only those in sight are drawn, and all are searched and sorted", async ({ page, server }) => {
  const one = await keep(server, "one");
  const stored = await server.api<object>("GET", `/api/v1/connections/${one.id}`);
  const items = Array.from({ length: 5_000 }, (_, at) => ({
    ...stored,
    id: `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`,
    name: `connection ${(at * 7919) % 5_000}`,
    default: at === 0,
    database: `shop_${at % 50}`,
  }));
  await page.route("**/api/v1/connections", (route) => route.fulfill({ json: { items } }));
  await page.goto("/connections");
  const all = page.getByText("5\u2009000", { exact: true });
  await expect(all).toBeVisible();
  const rows = page.getByRole("region", { name: "connections" }).locator("tbody").getByRole("row");
  await expect(rows).not.toHaveCount(0);
  // How long this takes is measured by `make bench-console`; what is drawn decides about it.
  expect(await rows.count()).toBeLessThan(60);
  const search = page.getByRole("textbox", { name: "Search connections" });
  await search.fill("connection 4711");
  await expect(page.getByText("1 of 5\u2009000", { exact: true })).toBeVisible();
  await expect(rows.first()).toContainText("connection 4711");
  await search.fill("");
  await expect(all).toBeVisible();
  for (const [order, first] of [["ascending", "connection 0"], ["descending", "connection 4999"]] as const) {
    await page.getByRole("button", { name: "Name" }).click();
    await expect(page.getByRole("columnheader", { name: "Name" })).toHaveAttribute("aria-sort", order);
    await expect(rows.first().getByRole("link", { name: first, exact: true })).toBeVisible();
  }
  expect(await rows.count()).toBeLessThan(60);
});

test("what was typed into the box and left is in the form, and saving waits for what cannot be read", async ({ page, server }) => {
  await page.goto("/connections/new");
  const box = field(page, "Paste anything");
  await box.fill("http://influx.example.com:8086/?db=plant");
  await field(page, "Notes").focus();
  await expect(field(page, "URL")).toHaveValue("http://influx.example.com:8086");
  await expect(box).toHaveValue("");
  // A URL is whole: Enter is enough, and saves nothing.
  await box.fill("http://other.example.com:8086");
  await page.keyboard.press("Enter");
  await expect(field(page, "URL")).toHaveValue("http://other.example.com:8086");
  await box.fill("nothing that anybody knows");
  await page.getByRole("button", { name: "Add connection" }).click();
  await expect(box).toBeFocused();
  await expect(page.getByText(/Nothing was saved: correct it, or empty this box/)).toBeVisible();
  expect((await server.api<{ items: unknown[] }>("GET", "/api/v1/connections")).items).toEqual([]);
});
