// Databases: adding, checking, changing and deleting them, on real SQLite and PostgreSQL.

import { shopFile } from "./harness/shop";
import { expect, NARROW, real, resize, sound, test } from "./harness";

/** What looks like a certificate to the form. */
const PEM = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----";

const postgres = () => new URL(real.postgres());

test("an empty console leads to the first database, and a SQLite file is added with the keyboard alone", async ({ page, server }) => {
  const path = await shopFile(server);
  await page.goto("/databases");
  await expect(page.getByRole("heading", { name: "No database yet" })).toBeVisible();
  await sound(page);
  await page.getByRole("link", { name: "Add database" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("textbox", { name: "Name" }).focus();
  await page.keyboard.type("till");
  await page.keyboard.press("Tab");
  // A radio group is one stop; its arrows choose.
  await page.keyboard.press("ArrowLeft");
  await expect(page.getByRole("radio", { name: "SQLite" })).toBeChecked();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("textbox", { name: "File" })).toBeFocused();
  await page.keyboard.type(path);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "till", level: 1, exact: true })).toBeVisible();
  await expect(page.getByText(path)).toBeVisible();
  await sound(page);
});

test("a wrong password is told at its field, nothing is saved, and the right one saves", async ({ page, server }) => {
  // Two looks at everything with axe.
  test.slow();
  const { hostname, port, username, password, pathname } = postgres();
  await page.goto("/databases/new");
  await page.getByRole("textbox", { name: "Name" }).fill("shop");
  await page.getByRole("textbox", { name: "Host" }).fill(hostname);
  await page.getByRole("textbox", { name: "Port" }).fill(port);
  await page.getByRole("textbox", { name: "Database" }).fill(pathname.slice(1));
  await page.getByRole("textbox", { name: "User" }).fill(username);
  await page.getByRole("textbox", { name: "Password" }).fill("not this one");
  await page.getByRole("button", { name: "Add database" }).click();

  const steps = page.getByRole("log", { name: "Steps of the check" });
  await expect(steps.getByText("authentication", { exact: true })).toBeVisible();
  await expect(page.getByRole("heading", { name: "The check failed" })).toBeVisible();
  const field = page.getByRole("textbox", { name: "Password" });
  await expect(field).toBeFocused();
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByRole("button", { name: "Save unverified" })).toBeVisible();
  expect((await server.api<{ items: unknown[] }>("GET", "/api/v1/databases")).items).toEqual([]);
  await sound(page);

  await field.fill(decodeURIComponent(password));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "shop", level: 1, exact: true })).toBeVisible();
  await page.goto("/databases");
  const row = page.getByRole("row", { name: /shop/ });
  await expect(row).toContainText("PostgreSQL");
  await expect(row).toContainText(`${hostname}:${port}${pathname}`);
  await sound(page);
});

test("a pasted address fills the fields here in the browser, and does not stay in its box", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/databases/new");
  const sent: string[] = [];
  page.on("request", (request) => sent.push(`${request.url()} ${request.postData() ?? ""}`));
  await page.evaluate(() => navigator.clipboard.writeText("mysql://anna:p%40ss@db.example.com:3307/plant?tls=verify&charset=utf8"));
  const box = page.getByRole("textbox", { name: "Paste an address" });
  await box.focus();
  await page.keyboard.press("Control+v");
  await expect(page.getByRole("radio", { name: "MySQL or MariaDB" })).toBeChecked();
  await expect(page.getByRole("textbox", { name: "Name" })).toHaveValue("plant");
  await expect(page.getByRole("textbox", { name: "Host" })).toHaveValue("db.example.com");
  await expect(page.getByRole("textbox", { name: "Port" })).toHaveValue("3307");
  await expect(page.getByRole("textbox", { name: "User" })).toHaveValue("anna");
  await expect(page.getByRole("textbox", { name: "Password" })).toHaveValue("p@ss");
  await expect(page.getByRole("combobox", { name: "TLS" })).toHaveValue("verify");
  await expect(page.getByText("Left out: charset.")).toBeVisible();
  await expect(box).toHaveValue("");
  expect(sent.filter((request) => request.includes("p@ss") || request.includes("p%40ss"))).toEqual([]);

  await page.evaluate(() => navigator.clipboard.writeText("https://db.example.com"));
  await box.focus();
  await page.keyboard.press("Control+v");
  await expect(page.getByText("This is no address of a database")).toBeVisible();
});

test("what is copied for a script names the password and does not hold it", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/databases/new");
  await page.getByRole("textbox", { name: "Name" }).fill("shop");
  await page.getByRole("textbox", { name: "Database" }).fill("shop");
  await page.getByRole("textbox", { name: "User" }).fill("reader");
  await page.getByRole("textbox", { name: "Password" }).fill("hunter2");
  for (const [label, start] of [["curl", "curl -s http"], ["Command line", "TRIBUTARY_DATABASE_PASSWORD="]] as const) {
    await page.getByRole("button", { name: "Copy as" }).click();
    await page.getByRole("menuitem", { name: label }).click();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toContain(start);
    expect(copied).toContain('"$DATABASE_PASSWORD"');
    expect(copied).not.toContain("hunter2");
    await page.keyboard.press("Escape");
  }
});

test("the limits, the authority and a client certificate are given, kept, and the key has a field of its own", async ({ page, server, expected }) => {
  // There is no such host: its tables are not told.
  expected.push(/502/);
  const { id } = await server.api<{ id: string }>("POST", "/api/v1/databases?check=skip", {
    name: "shop", engine: "postgres", host: "db.example.com", database: "shop", username: "reader",
  });
  await page.goto(`/databases/${id}/edit`);
  await page.getByRole("combobox", { name: "TLS" }).selectOption("Encrypted, certificate and host name verified");
  await page.getByRole("textbox", { name: "Certificate of the authority" }).fill("no certificate");
  await page.getByRole("textbox", { name: "Time limit of connecting" }).fill("5");
  await page.getByRole("textbox", { name: "Longest wait for a lock" }).fill("0");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("textbox", { name: "Longest wait for a lock" })).toBeFocused();
  await page.getByRole("textbox", { name: "Longest wait for a lock" }).fill("1.5");
  await page.getByRole("button", { name: "Save" }).click();
  const authority = page.getByRole("textbox", { name: "Certificate of the authority" });
  await expect(authority).toBeFocused();
  await expect(authority).toHaveAttribute("aria-invalid", "true");
  await sound(page);
  await page.getByRole("combobox", { name: "TLS" }).selectOption("Encrypted, certificate not verified");
  await expect(authority).toBeHidden();
  await page.getByRole("textbox", { name: "Client certificate", exact: true }).fill(PEM);
  await expect(page.getByRole("textbox", { name: "Key of the client certificate" })).toBeVisible();
  await page.getByRole("textbox", { name: "Client certificate", exact: true }).fill("");
  await page.getByRole("combobox", { name: "TLS" }).selectOption("Encrypted if the server can");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "shop", level: 1, exact: true })).toBeVisible();
  expect(await server.api("GET", `/api/v1/databases/${id}`)).toMatchObject({ connect_timeout_ms: 5_000, lock_timeout_ms: 1_500 });
  await expect(page.getByText("1.5 s", { exact: true })).toBeVisible();
});

test("the statements for an account that only reads are shown and copied", async ({ page, server, context, expected }) => {
  expected.push(/502/);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const { id } = await server.api<{ id: string }>("POST", "/api/v1/databases?check=skip", {
    name: "shop", engine: "postgres", host: "db.example.com", database: "shop", username: "reader",
  });
  await page.goto(`/databases/${id}`);
  const part = page.getByRole("region", { name: "An account that only reads" });
  await part.getByRole("textbox", { name: "Account" }).fill("visitor");
  await expect(part.getByRole("region", { name: "Statements" })).toContainText('CREATE ROLE "visitor"');
  await part.getByRole("button", { name: "Copy the statements" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain("GRANT SELECT");
  await sound(page);
});

test("a database behind a driver is shown and edited as what it is", async ({ page, server }) => {
  const { id } = await server.api<{ id: string }>("POST", "/api/v1/databases?check=skip", {
    name: "plant", engine: "odbc", connection: "DSN=plant", username: "reader", dialect: "mysql", secrets: { password: "hush" },
  });
  await page.goto(`/databases/${id}`);
  await expect(page.getByText("ODBC driver database")).toBeVisible();
  await page.getByRole("link", { name: "Edit" }).click();
  await expect(page.getByRole("textbox", { name: "Connection string" })).toHaveValue("DSN=plant");
  await expect(page.getByRole("combobox", { name: "SQL" })).toHaveValue("mysql");
  await page.getByRole("textbox", { name: "Connection string" }).fill("DSN=other");
  await expect(page.getByText("Enter it again: what the driver is told changed", { exact: false })).toBeVisible();
  await sound(page);
  // A new one is offered only where the server was built with it.
  await page.getByRole("link", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Leave" }).click();
  const { engines } = await server.api<{ engines: string[] }>("GET", "/version");
  await page.goto("/databases/new");
  await expect(page.getByRole("radio", { name: "SQLite" })).toBeVisible();
  await expect(page.getByRole("radio", { name: "ODBC driver" })).toHaveCount(engines.includes("odbc") ? 1 : 0);
});

test("a database is checked again, and moving it asks for its password once more", async ({ page, server }) => {
  const { hostname, port, username, password, pathname } = postgres();
  const { id } = await server.api<{ id: string }>("POST", "/api/v1/databases", {
    name: "shop", engine: "postgres", host: hostname, port: Number(port), database: pathname.slice(1), username,
    secrets: { password: decodeURIComponent(password) },
  });
  await page.goto(`/databases/${id}`);
  await page.getByRole("button", { name: "Check now" }).click();
  await expect(page.getByRole("heading", { name: "Every step passed" })).toBeVisible();

  await page.getByRole("link", { name: "Edit" }).click();
  await expect(page.getByRole("textbox", { name: "Engine" })).toHaveAttribute("readonly", "");
  await expect(page.getByRole("button", { name: "Replace Password" })).toBeVisible();
  await sound(page);
  await page.getByRole("textbox", { name: "Host" }).fill("localhost");
  await expect(page.getByText("Enter it again: host, port or user changed")).toBeVisible();
  await page.getByRole("textbox", { name: "Host" }).fill(hostname);
  // What does not change the way to it is saved without a check.
  await page.getByRole("textbox", { name: "Notes" }).fill("the shop of the tests");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("the shop of the tests")).toBeVisible();
  await expect(page.getByText(/^Set .* ago$/)).toBeVisible();
});

test("a change that somebody else made meanwhile is not lost without asking", async ({ page, server }) => {
  const { id } = await server.api<{ id: string }>("POST", "/api/v1/databases", { name: "till", engine: "sqlite", path: await shopFile(server) });
  await page.goto(`/databases/${id}/edit`);
  await page.getByRole("textbox", { name: "Notes" }).fill("mine");
  await server.api("PATCH", `/api/v1/databases/${id}`, { notes: "theirs", max_reads: 7 });
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Somebody else changed the database till meanwhile")).toBeVisible();
  await page.getByRole("button", { name: "Save mine over theirs" }).click();
  await expect(page.getByRole("heading", { name: "till", level: 1, exact: true })).toBeVisible();
  // What only they changed is kept.
  expect(await server.api("GET", `/api/v1/databases/${id}`)).toMatchObject({ notes: "mine", max_reads: 7 });
});

test("leaving with changes asks, and staying keeps them", async ({ page }) => {
  await page.goto("/databases/new");
  await page.getByRole("textbox", { name: "Name" }).fill("half");
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Queries" }).click();
  const ask = page.getByRole("dialog", { name: "Leave without saving?" });
  await ask.getByRole("button", { name: "Stay here" }).click();
  await expect(page.getByRole("textbox", { name: "Name" })).toHaveValue("half");
  await page.getByRole("link", { name: "Cancel" }).click();
  await ask.getByRole("button", { name: "Leave" }).click();
  await expect(page.getByRole("heading", { name: "Databases", level: 1, exact: true })).toBeVisible();
});

test("a database is deleted with a way back, but not while a query runs on it", async ({ page, server }) => {
  const path = await shopFile(server);
  const till = await server.api<{ id: string }>("POST", "/api/v1/databases", { name: "till", engine: "sqlite", path });
  const spare = await server.api<{ id: string }>("POST", "/api/v1/databases", { name: "spare", engine: "sqlite", path });
  await server.api("POST", "/api/v1/queries", { name: "orders", database_id: till.id, sql: "SELECT 1 AS one" });
  await page.goto(`/databases/${till.id}`);
  await page.getByRole("button", { name: "Delete" }).click();
  const told = page.getByRole("dialog", { name: "Cannot delete the database till yet" });
  await expect(told.getByRole("link", { name: "orders" })).toBeVisible();
  await page.keyboard.press("Escape");

  await page.goto(`/databases/${spare.id}`);
  await page.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("row", { name: /till/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /spare/ })).toBeHidden();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("row", { name: /spare/ })).toBeVisible();
  expect(await server.api("GET", `/api/v1/databases/${spare.id}`)).toMatchObject({ name: "spare" });
});

test("the list is searched and sorted, and the address keeps both", async ({ page, server }) => {
  for (const name of ["alpha", "beta", "gamma"]) await server.api("POST", "/api/v1/databases", { name, engine: "sqlite", path: `/srv/${name}.db` });
  await page.goto("/databases");
  await page.getByRole("textbox", { name: "Search databases" }).fill("a.db");
  await page.getByRole("button", { name: "Name" }).click();
  await page.getByRole("button", { name: "Name" }).click();
  await expect(page).toHaveURL(/sort=-name/);
  await page.reload();
  await expect(page.getByRole("link", { name: /^(alpha|beta|gamma)$/ })).toHaveText(["gamma", "beta", "alpha"]);
  await page.goto("/databases/nowhere");
  await expect(page.getByRole("alert")).toContainText("There is no database `nowhere`");
});

test("a database shows its tables, and a query of one is a click away", async ({ page, server }) => {
  const { id } = await server.api<{ id: string }>("POST", "/api/v1/databases", { name: "till", engine: "sqlite", path: await shopFile(server) });
  await page.goto(`/databases/${id}`);
  const tables = page.getByRole("list", { name: "Tables" });
  await expect(tables.getByRole("listitem")).toContainText("id, country, created, total, note, big");
  await sound(page);
  await tables.getByRole("link", { name: "Write a query of orders" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("textbox", { name: "SQL" })).toContainText("FROM orders");
  // It is nobody's work yet: the page is left without a question.
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Databases" }).click();
  await expect(page.getByRole("heading", { name: "Databases", level: 1, exact: true })).toBeVisible();
});

test("what is told in a corner lies over no button of the page", async ({ page, server }) => {
  const { id } = await server.api<{ id: string }>("POST", "/api/v1/databases", { name: "till", engine: "sqlite", path: await shopFile(server) });
  await server.api("POST", "/api/v1/databases", { name: "spare", engine: "sqlite", path: "/nowhere.db" });
  for (const size of [{ width: 1280, height: 800 }, NARROW]) {
    await resize(page, size);
    await page.goto(`/databases/${id}`);
    await page.getByRole("button", { name: "Delete" }).click();
    const undo = page.getByRole("button", { name: "Undo" });
    await expect(page.getByRole("link", { name: "spare" })).toBeVisible();
    // At one moment: it is told for ten seconds only.
    const covered = await page.getByRole("alert").filter({ has: undo }).evaluate((told) => {
      const note = told.getBoundingClientRect();
      const buttons = [...document.querySelectorAll("main :is(a, button)")].filter((button) => button.checkVisibility());
      const under = buttons.filter((button) => {
        const place = button.getBoundingClientRect();
        return !(place.x >= note.right || place.right <= note.x || place.y >= note.bottom || place.bottom <= note.y);
      });
      return { of: buttons.length, under: under.map(({ textContent }) => textContent) };
    });
    expect(covered.of).toBeGreaterThan(0);
    expect(covered.under, `at ${size.width} px`).toEqual([]);
    await undo.click();
    await expect(page.getByRole("link", { name: "till" })).toBeVisible();
  }
});
