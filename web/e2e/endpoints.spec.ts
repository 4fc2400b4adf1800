import type { Locator, Page } from "@playwright/test";
import { expect, sound, test as base } from "./harness";
import { type Kapacitor, kapacitor } from "./harness/kapacitor";
import { tabTo } from "./harness/keys";

interface Alerts extends Kapacitor {
  /** Its place in the API. */
  api: string;
  /** The address of its page. */
  page: string;
}

interface Endpoint {
  name: string;
  enabled: boolean | null;
  options: Record<string, unknown>;
  differs: string[];
}

const test = base.extend<{ alerts: Alerts }>({
  /** A Kapacitor of the server, as the real one of 1.5.6 is after its installation. */
  alerts: async ({ server }, use) => {
    const scripted = await kapacitor();
    const plant = await server.api<{ id: string }>("POST", "/api/v1/connections?check=skip", { name: "plant", driver: "v1", url: "http://127.0.0.1:8086", database: "telegraf" });
    const { id } = await server.api<{ id: string }>("POST", `/api/v1/connections/${plant.id}/kapacitors?check=skip`, { name: "alerts", url: scripted.url });
    const page = `/connections/${plant.id}/kapacitors/${id}`;
    await use({ ...scripted, page, api: `/api/v1${page}` });
    await scripted.stop();
  },
});

const field = (page: Page, name: string): Locator => page.getByRole("textbox", { name, exact: true });
const chips = (page: Page, name: string): Locator => page.getByRole("combobox", { name, exact: true });
const save = (page: Page): Promise<void> => page.getByRole("button", { name: "Save", exact: true }).click();
const outcome = (page: Page): Locator => page.getByRole("status", { name: "What came of the test" });

async function send(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Send a test" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Send it" }).click();
}

async function unfold(page: Page): Promise<void> {
  await page.getByRole("button", { name: /which most people leave as they are/ }).click();
}

test("what is used comes first, then what can be set up, and a search finds one of them", async ({ page, server, alerts }) => {
  await server.api("PATCH", `${alerts.api}/endpoints/telegram`, { options: { enabled: true, token: "e2e-secret", "chat-id": "-100" } });
  await page.goto(alerts.page);
  await expect(page.getByText("1.5.6", { exact: true })).toBeVisible();
  await sound(page);
  await page.getByRole("link", { name: "Alert endpoints" }).click();
  await expect(page.getByRole("list", { name: "In use" }).getByRole("link", { name: "Telegram" })).toBeVisible();
  await expect(page.getByText("Chat: -100")).toBeVisible();
  const offered = page.getByRole("list", { name: "Not set up" });
  await expect(offered.getByRole("link", { name: "Mail" })).toBeVisible();
  await expect(offered.getByRole("link", { name: "Telegram" })).toHaveCount(0);
  await sound(page);

  await page.keyboard.press("/");
  await page.keyboard.type("pager");
  await expect(offered.getByRole("link")).toHaveText(["PagerDuty", "PagerDuty 2"]);
  await expect(page).toHaveURL(/\?q=pager$/);
  await page.getByRole("textbox", { name: "Search alert endpoints" }).fill("nobody has this");
  await expect(page.getByText("Nothing matches")).toBeVisible();
  await sound(page);
});

test("two Slack workspaces: a refused address is told at its field, one is tested, and one is removed", async ({ page, server, alerts }) => {
  await page.goto(`${alerts.page}/endpoints`);
  await page.getByRole("link", { name: "Add endpoint" }).click();
  await page.getByRole("combobox", { name: "Handler" }).selectOption("Slack");
  await page.getByRole("button", { name: "Add endpoint" }).click();
  await expect(page.getByText("Give it a name")).toBeVisible();
  await expect(field(page, "Name")).toBeFocused();
  await field(page, "Name").fill("o.p");
  await field(page, "Webhook").fill("https://hooks.example.com/e2e-ops");
  await page.getByRole("button", { name: "Add endpoint" }).click();
  await expect(page.getByText(/Kapacitor could not change one of another name/)).toBeVisible();
  await sound(page);
  await field(page, "Name").fill("ops");
  await field(page, "Channel").fill("#ops");
  await page.getByRole("button", { name: "Add endpoint" }).click();
  await expect(page.getByRole("heading", { name: "Slack: ops", level: 1 })).toBeVisible();
  await expect(page.getByRole("group", { name: "Webhook" })).toContainText("Set");
  await expect(page.getByText("e2e-ops")).toHaveCount(0);

  await page.getByRole("button", { name: "Replace Webhook" }).click();
  await field(page, "Webhook").fill("https://hooks.example.com/%zz-e2e-secret");
  await save(page);
  await expect(page.getByText(/invalid url/i)).toBeVisible();
  await expect(field(page, "Webhook")).toBeFocused();
  await expect(page.getByText("e2e-secret")).toHaveCount(0);
  await sound(page);
  await page.getByRole("button", { name: "Keep Webhook" }).click();
  await field(page, "Channel").fill("#operations");
  await save(page);
  await expect(page.getByText("Saved Slack: ops. Kapacitor has taken it over")).toBeVisible();

  await send(page);
  await expect(outcome(page)).toContainText("Accepted by the far side");
  await expect(outcome(page)).toContainText("Slack took the message");
  await sound(page);
  const sent = await alerts.sent();
  expect(sent.map(({ service, element, running }) => [service, element, running.url, running.channel])).toEqual([
    ["slack", "ops", "https://hooks.example.com/e2e-ops", "#operations"],
  ]);

  await server.api("POST", `${alerts.api}/endpoints`, { name: "slack:night", options: { enabled: true, url: "https://hooks.example.com/night", channel: "#night" } });
  await page.getByRole("link", { name: "alert endpoints" }).click();
  const used = page.getByRole("list", { name: "In use" });
  await expect(used.getByRole("link", { name: /Slack/ })).toHaveText(["Slack: night", "Slack: ops"]);
  await used.getByRole("link", { name: "Slack: night" }).click();
  await page.getByRole("button", { name: "Remove" }).click();
  await expect(used.getByRole("link", { name: /Slack/ })).toHaveText(["Slack: ops"]);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(used.getByRole("link", { name: /Slack/ })).toHaveText(["Slack: night", "Slack: ops"]);
  await used.getByRole("link", { name: "Slack: night" }).click();
  await page.getByRole("button", { name: "Remove" }).click();
  const names = async () => (await server.api<{ items: Endpoint[] }>("GET", `${alerts.api}/endpoints`)).items.map(({ name }) => name).filter((name) => name.startsWith("slack:"));
  await expect.poll(names, { timeout: 20_000 }).toEqual(["slack:ops"]);
});

test("one that Kapacitor's file knows comes back with the file's values when it is removed, and says so", async ({ page, server, alerts }) => {
  await alerts.file("kafka", { id: "default", enabled: true, brokers: ["kafka.example.com:9092"] });
  await server.api("PATCH", `${alerts.api}/endpoints/kafka:default`, { options: { brokers: ["elsewhere.example.com:9092"] } });
  await page.goto(`${alerts.page}/endpoints/kafka:default`);
  await page.getByRole("button", { name: "Remove" }).click();
  await expect(page.getByText("Kafka: default is in Kapacitor’s file: it is back with the file’s values")).toBeVisible({ timeout: 20_000 });
  await expect(page.getByText("Brokers: kafka.example.com:9092")).toBeVisible();
});

test("the password of a mail server is kept, replaced and cleared, and a test says that the mail is queued only", async ({ page, server, alerts }) => {
  const stored = () => alerts.runs("smtp").then(([one]) => one?.password);
  await page.goto(`${alerts.page}/endpoints/smtp`);
  await expect(page.getByRole("button", { name: "Send a test" })).toBeDisabled();
  await expect(page.getByText("It is off. Enable it and save to test it.")).toBeVisible();
  await sound(page);
  await page.getByRole("switch", { name: "Enabled" }).check();
  await save(page);
  await expect(page.getByText("Needed while Mail is on")).toBeVisible();
  await expect(field(page, "From")).toBeFocused();
  await field(page, "Mail server").fill("mail.example.com");
  await field(page, "From").fill("kapacitor@example.com");
  await chips(page, "To").fill("ops@example.com");
  await page.keyboard.press("Enter");
  await chips(page, "To").fill("night@example.com");
  await page.keyboard.press("Enter");
  await field(page, "Password").fill("e2e-first");
  await expect(page.getByText("Save first: a test uses what Kapacitor has, not what is written here.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Send a test" })).toBeDisabled();
  await save(page);
  await expect(page.getByRole("group", { name: "Password" })).toContainText("Set");
  await expect.poll(stored).toBe("e2e-first");

  // Kept.
  await field(page, "Port").fill("2525");
  await save(page);
  await expect(page.getByRole("button", { name: "Send a test" })).toBeEnabled();
  expect(await stored()).toBe("e2e-first");
  await send(page);
  await expect(outcome(page)).toContainText("Queued only");
  await expect(outcome(page)).toContainText("whether the mail server took it is in Kapacitor's log only");
  await sound(page);
  expect((await alerts.sent()).map(({ recipients }) => recipients)).toEqual([["ops@example.com", "night@example.com"]]);
  // A test of recipients would be those of all later alerts.
  expect((await alerts.runs("smtp"))[0]).toMatchObject({ to: ["ops@example.com", "night@example.com"], port: 2525 });

  await page.getByRole("button", { name: "Replace Password" }).click();
  await field(page, "Password").fill("e2e-second");
  await save(page);
  await expect.poll(stored).toBe("e2e-second");
  await page.getByRole("button", { name: "Clear Password" }).click();
  await expect(page.getByText("Will be forgotten when you save")).toBeVisible();
  await sound(page);
  await save(page);
  await expect(field(page, "Password")).toBeVisible();
  expect(await stored()).toBe("");
  expect(await page.content()).not.toMatch(/e2e-(first|second)/);
  expect(server.words).not.toMatch(/e2e-(first|second)/);
});

test("Kafka: brokers are chips, and a length of time that Kapacitor would ignore is told at its field among the rare ones", async ({ page, alerts }) => {
  await page.goto(`${alerts.page}/endpoints/new?handler=kafka`);
  await field(page, "Name").fill("main");
  await chips(page, "Brokers").fill("kafka1.example.com:9092, kafka2.example.com:9092");
  await unfold(page);
  await field(page, "Wait for a batch").fill("5 seconds");
  await page.getByRole("button", { name: "Add endpoint" }).click();
  await expect(field(page, "Wait for a batch")).toBeFocused();
  await expect(page.getByText(/a length of time with its unit/)).toBeVisible();
  await sound(page);
  await field(page, "Wait for a batch").fill("1m30s");
  await page.getByRole("button", { name: "Add endpoint" }).click();
  await expect(page.getByRole("heading", { name: "Kafka: main", level: 1 })).toBeVisible();
  const [, added] = await alerts.runs("kafka");
  expect(added).toMatchObject({ id: "main", enabled: true, brokers: ["kafka1.example.com:9092", "kafka2.example.com:9092"], "batch-timeout": "1m30s" });
  await send(page);
  await expect(outcome(page)).toContainText("Queued only");
});

test("Telegram: what the far side refuses is told without the token", async ({ page, alerts }) => {
  await page.goto(`${alerts.page}/endpoints/telegram`);
  await page.getByRole("switch", { name: "Enabled" }).check();
  await field(page, "Token").fill("123:e2e-secret");
  await field(page, "Chat").fill("-1001");
  await page.getByRole("combobox", { name: "Format" }).selectOption("HTML");
  await save(page);
  await expect(page.getByRole("group", { name: "Token" })).toContainText("Set");
  expect((await alerts.runs("telegram"))[0]).toMatchObject({ "parse-mode": "HTML", "chat-id": "-1001", token: "123:e2e-secret" });
  await alerts.says("https://api.telegram.org", 401, "Unauthorized");
  await send(page);
  await expect(outcome(page)).toContainText("Failed");
  await expect(outcome(page)).toContainText("Kapacitor says:");
  await expect(page.getByText("e2e-secret")).toHaveCount(0);
  await sound(page);
});

test("HTTP posts: address, headers and login go in and never come out, and a test says that the address was reached only", async ({ page, server, alerts }) => {
  await page.goto(`${alerts.page}/endpoints/new?handler=httppost`);
  await field(page, "Name").fill("inventory");
  await field(page, "Address").fill("https://post.example.com/e2e-path");
  await page.getByRole("group", { name: "Headers" }).getByRole("button", { name: "Add a row" }).click();
  await field(page, "Name of row 1").fill("Authorization");
  await field(page, "Value of Authorization").fill("Bearer e2e-header");
  await field(page, "Login: username").fill("scribe");
  await field(page, "Login: password").fill("e2e-login");
  await sound(page);
  await page.getByRole("button", { name: "Add endpoint" }).click();
  await expect(page.getByRole("heading", { name: "HTTP post: inventory", level: 1 })).toBeVisible();
  await expect(page.getByText("Always on")).toBeVisible();
  for (const name of ["Address", "Headers", "Login"]) await expect(page.getByRole("group", { name, exact: true })).toContainText("Set");
  expect(await page.content()).not.toMatch(/e2e-(path|header|login)/);
  await sound(page);
  const added = async () => (await alerts.runs("httppost")).find(({ endpoint }) => endpoint === "inventory");
  expect(await added()).toMatchObject({ url: "https://post.example.com/e2e-path", headers: { Authorization: "Bearer e2e-header" }, "basic-auth": { username: "scribe", password: "e2e-login" } });

  await send(page);
  await expect(outcome(page)).toContainText("Reached only");
  await page.getByRole("button", { name: "Replace Headers" }).click();
  await page.getByRole("group", { name: "Headers" }).getByRole("button", { name: "Add a row" }).click();
  await field(page, "Name of row 1").fill("X-Key");
  await field(page, "Value of X-Key").fill("e2e-other");
  await save(page);
  await expect.poll(async () => (await added())?.headers).toEqual({ "X-Key": "e2e-other" });
  expect(JSON.stringify(await server.api("GET", `${alerts.api}/endpoints/httppost:inventory`))).not.toContain("e2e-");
});

test("MQTT: a broker that does not answer is told at its field in Kapacitor's words, and nothing is kept", async ({ page, server, alerts }) => {
  await page.goto(`${alerts.page}/endpoints/mqtt:default`);
  await page.getByRole("switch", { name: "Enabled" }).check();
  await field(page, "Broker").fill("tcp://127.0.0.1:4");
  await save(page);
  await expect(page.getByText(/connection refused/)).toBeVisible();
  await expect(field(page, "Broker")).toBeFocused();
  await sound(page);
  expect((await server.api<Endpoint>("GET", `${alerts.api}/endpoints/mqtt:default`)).options.url).toBe("");
  await field(page, "Broker").fill("tcp://mqtt.example.com:1883");
  await save(page);
  await expect(page.getByText("Saved MQTT: default. Kapacitor has taken it over")).toBeVisible();
  await send(page);
  await expect(outcome(page)).toContainText("Sent only");
});

test("what runs otherwise than it is stored is told and mended", async ({ page, server, alerts }) => {
  await server.api("PATCH", `${alerts.api}/endpoints/slack`, { options: { enabled: true, url: "https://hooks.example.com/alerts", channel: "#alerts" } });
  await server.api("POST", `${alerts.api}/endpoints`, { name: "slack:ops", options: { enabled: true, url: "https://hooks.example.com/ops" } });
  await server.api("PATCH", `${alerts.api}/endpoints/smtp`, { options: { enabled: true, from: "kapacitor@example.com", to: ["ops@example.com"] } });
  // Another program adds what is there, of which Kapacitor's section falls back to its file, and tests with recipients of its own, which stay.
  await post(alerts, "config/slack", { add: { workspace: "ops", url: "https://hooks.example.com/other" } });
  await post(alerts, "service-tests/smtp", { to: ["tester@example.com"] });
  expect((await alerts.runs("slack"))[0]).toMatchObject({ enabled: false, channel: "" });
  await page.goto(`${alerts.page}/endpoints`);
  await expect(page.getByText("Not as stored")).toHaveCount(2);
  await sound(page);
  await page.getByRole("button", { name: "Apply Slack again" }).click();
  await expect(page.getByText("Kapacitor uses Slack as it is stored again")).toBeVisible();
  await expect(page.getByText("Not as stored")).toHaveCount(1);
  expect(await alerts.runs("slack")).toMatchObject([{ enabled: true, channel: "#alerts" }, { workspace: "ops", enabled: true, url: "https://hooks.example.com/ops" }]);

  await page.getByRole("link", { name: "Mail" }).click();
  const differs = page.getByText("It runs otherwise than it is stored");
  await expect(differs).toBeVisible();
  await expect(page.getByText(/does not use the stored To\./)).toBeVisible();
  await sound(page);
  await page.getByRole("button", { name: "Apply again" }).click();
  await expect(differs).toHaveCount(0);
  expect((await alerts.runs("smtp"))[0]?.to).toEqual(["ops@example.com"]);
});

/** What another program does to Kapacitor, which may not survive answering it. */
async function post({ url }: Kapacitor, path: string, body: unknown): Promise<void> {
  await fetch(`${url}/kapacitor/v1/${path}`, { method: "POST", body: JSON.stringify(body) }).catch(() => undefined);
}

test("an option goes back to the value of Kapacitor's file, and so does all of it", async ({ page, server, alerts }) => {
  await alerts.file("smtp", { host: "file.example.com", port: 465 });
  await server.api("PATCH", `${alerts.api}/endpoints/smtp`, { options: { host: "mail.example.com", port: 2525, from: "a@example.com" } });
  await page.goto(`${alerts.page}/endpoints/smtp`);
  await page.getByRole("button", { name: "Back to the file’s value: Mail server" }).click();
  await expect(page.getByText("Goes back to the value of Kapacitor’s file when you save")).toBeVisible();
  await sound(page);
  await save(page);
  await expect(field(page, "Mail server")).toHaveValue("file.example.com");
  await expect(field(page, "Port")).toHaveValue("2525");
  await page.getByRole("button", { name: "Back to the file’s values" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("cannot be undone");
  await sound(page);
  await dialog.getByRole("button", { name: "Back to the file’s values" }).click();
  await expect(field(page, "Port")).toHaveValue("465");
  await expect(field(page, "From")).toHaveValue("");
});

test("edits that are not saved are asked about, and the same can be copied without a secret", async ({ page, alerts }) => {
  await page.goto(`${alerts.page}/endpoints/pagerduty2`);
  await page.getByRole("switch", { name: "Enabled" }).check();
  await field(page, "Integration key").fill("e2e-secret");
  await page.getByRole("button", { name: "Copy as" }).click();
  await page.getByRole("menuitem", { name: "Look at it first" }).click();
  const recipes = page.getByRole("dialog", { name: "The same without the console" });
  await expect(recipes).toContainText("PAGERDUTY2_ROUTING_KEY");
  await recipes.getByRole("tab", { name: "Command line" }).click();
  await expect(recipes).toContainText("tributary kapacitor endpoint set pagerduty2 --connection plant --kapacitor alerts");
  await expect(recipes).toContainText("--secret-file routing-key=");
  await expect(recipes).not.toContainText("e2e-secret");
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Cancel" }).click();
  await page.getByRole("dialog", { name: "Leave without saving?" }).getByRole("button", { name: "Stay here" }).click();
  await save(page);
  await expect(page.getByText("Saved PagerDuty 2. Kapacitor has taken it over")).toBeVisible();
  await page.getByRole("link", { name: "All endpoints" }).click();
  await expect(page.getByRole("list", { name: "In use" }).getByRole("link", { name: "PagerDuty 2" })).toBeVisible();
});

test("an alert endpoint is enabled, saved and tested with the keyboard alone", async ({ page, alerts }) => {
  await page.goto(alerts.page);
  await expect(page.getByRole("heading", { name: "alerts", level: 1 })).toBeVisible();
  await page.keyboard.press("ControlOrMeta+K");
  await page.keyboard.type("endpoints of alerts");
  await expect(page.getByRole("option", { name: "Alert endpoints of alerts" })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("list", { name: "Not set up" })).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.type("pushover");
  const found = page.getByRole("link", { name: "Pushover" });
  await tabTo(page, found);
  await page.keyboard.press("Enter");
  const enabled = page.getByRole("switch", { name: "Enabled" });
  await tabTo(page, enabled);
  await page.keyboard.press("Space");
  await tabTo(page, field(page, "User or group key"));
  await page.keyboard.type("e2e-user");
  await tabTo(page, page.getByRole("button", { name: "Save", exact: true }));
  await page.keyboard.press("Enter");
  // What is missing has the focus.
  await expect(field(page, "Application token")).toBeFocused();
  await page.keyboard.type("e2e-token");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Saved Pushover. Kapacitor has taken it over")).toBeVisible();
  await tabTo(page, page.getByRole("button", { name: "Send a test" }));
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("dialog").getByRole("button", { name: "Send it" }));
  await page.keyboard.press("Enter");
  await expect(outcome(page)).toContainText("Accepted by the far side");
});

test("a handler that nobody knows has a form made from what the Kapacitor shows", async ({ page, alerts }) => {
  await page.route(`**${alerts.api}/endpoints`, async (route) => {
    const answer = await route.fetch();
    const all = (await answer.json()) as { handlers: unknown[]; items: unknown[] };
    const option = (name: string, kind: string, secret = false) => ({ name, label: name, help: "", kind, secret, required: false, choices: [], rare: true });
    all.handlers.push({
      section: "pigeon", label: "pigeon", known: false, test: null,
      fields: [option("enabled", "switch"), option("loft", "text"), option("ring", "text", true), option("weights", "json"), option("routes", "lists")],
    });
    const options = { enabled: true, loft: "north", ring: { set: true }, weights: { g: 400 }, routes: { "home": ["north", "south"] } };
    all.items.push({ name: "pigeon", section: "pigeon", element: "", enabled: true, options, differs: [] });
    await route.fulfill({ response: answer, json: all });
  });
  await page.goto(`${alerts.page}/endpoints/pigeon`);
  await expect(page.getByText("Not in Tributary’s catalogue: this form is made from what the Kapacitor shows.")).toBeVisible();
  await expect(field(page, "loft")).toHaveValue("north");
  await expect(page.getByRole("group", { name: "ring" })).toContainText("Set");
  await expect(page.getByText('"g": 400')).toBeVisible();
  await expect(page.getByText("This Kapacitor cannot test it.")).toBeVisible();
  await sound(page);
});

test("the tasks of a Kapacitor are listed with what they read, and found by their names", async ({ page, alerts }) => {
  await page.goto(`${alerts.page}/tasks`);
  await expect(page.getByRole("heading", { name: "No task yet" })).toBeVisible();
  await alerts.task("cpu_alert", "stream", "telegraf", "autogen");
  await alerts.task("disk_daily", "batch", "telegraf", "a_year", "disabled");
  await alerts.task("orders_gap", "stream", "shop", "autogen", "unknown retention policy autogen");
  await page.reload();
  const rows = page.getByRole("region", { name: "tasks" });
  await expect(rows.getByRole("row", { name: /cpu_alert/ })).toContainText("Executing");
  await expect(rows.getByRole("row", { name: /cpu_alert/ })).toContainText("telegraf.autogen");
  await expect(rows.getByRole("row", { name: /disk_daily/ })).toContainText("Disabled");
  await expect(rows.getByRole("row", { name: /orders_gap/ })).toContainText("Not executing");
  await expect(rows.getByRole("row", { name: /orders_gap/ })).toContainText("unknown retention policy autogen");
  await sound(page);
  await page.getByRole("textbox", { name: "Search tasks" }).fill("disk");
  await expect(rows.getByRole("row")).toHaveCount(2);
  await expect(page).toHaveURL(/\?q=disk$/);
});

test("a Kapacitor that cannot be reached says so on each of its pages, and a way to try again", async ({ page, alerts, expected }) => {
  expected.push(/status of 50\d/);
  await alerts.stop();
  for (const part of ["", "/endpoints", "/endpoints/smtp", "/tasks"]) {
    await page.goto(`${alerts.page}${part}`);
    await expect(page.getByRole("alert").getByRole("button", { name: "Try again" })).toBeVisible();
    await sound(page);
  }
});
