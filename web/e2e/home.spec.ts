// Home: three doors when there is nothing, the next step once there is something, and what needs a person.

import { join } from "node:path";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { expect, sound, test } from "./harness";
import { ran, seriesOf, SQL } from "./harness/trouble";

test("an empty start has three doors, and says where .src files are read", async ({ page, server }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Welcome to Tributary", level: 1 })).toBeVisible();
  for (const door of ["Connect InfluxDB", "Add a SQL database", "Load a folder of .src files"]) {
    await expect(page.getByRole("heading", { name: door, level: 2 })).toBeVisible();
  }
  await expect(page.getByText(join(server.folder, "canned"))).toBeVisible();
  await expect(page.getByText("--resources-path DIR")).toBeVisible();
  await sound(page);
  for (const [link, address] of [["Add a connection", "/connections/new"], ["Add a database", "/databases/new"], ["Look at the files", "/files"]] as const) {
    await page.getByRole("link", { name: link }).focus();
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(new RegExp(`${address}$`));
    await page.goBack();
  }
});

test("once something is there, home shows the next step, and the next after that", async ({ page, server }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Welcome to Tributary" })).toBeVisible();
  const folder = join(server.folder, "lines");
  await mkdir(folder);
  await server.api("POST", "/api/v1/connections", { name: "lines", driver: "file", folder });
  const next = page.getByRole("region", { name: "Add a SQL database" });
  await expect(next.getByText("Next step")).toBeVisible();
  await expect(next.getByRole("listitem").filter({ hasText: "Connect InfluxDB" }).getByRole("img", { name: "done" })).toBeVisible();
  await sound(page);
  await seriesOf(server, "orders", SQL.succeeded);
  const schedule = page.getByRole("region", { name: "Give the series a schedule" });
  await expect(schedule).toBeVisible();
  await schedule.getByRole("link").click();
  await expect(page).toHaveURL(/\/groups\/new$/);
});

test("what needs a person stands on home with its reason, and goes when it is mended", async ({ page, server }) => {
  for (const status of ["failed", "partial", "empty"] as const) {
    expect((await ran(server, await seriesOf(server, `series that is ${status}`, SQL[status]))).status).toBe(status);
  }
  // Nothing listens on port 9 of this machine.
  const dead = { name: "dead", driver: "v1", url: "http://127.0.0.1:9", database: "shop" };
  const { id } = await server.api<{ id: string }>("POST", "/api/v1/connections?check=skip", dead);
  await server.api("POST", `/api/v1/connections/${id}/check`);
  await mkdir(join(server.folder, "canned"), { recursive: true });
  await writeFile(join(server.folder, "canned", "shop.src"), '{\n  "url": "ftp://shop"\n}\n');

  await page.goto("/");
  const needs = page.getByRole("region", { name: "What needs you" });
  const item = (name: string) => needs.getByRole("listitem").filter({ has: page.getByRole("link", { name, exact: true }) });
  await expect(item("Series series that is failed")).toContainText(/no such table: ordres.*Correct the query/);
  await expect(item("Series series that is partial")).toContainText("1 of 2 rows could not be written");
  await expect(item("Series series that is empty")).toContainText("found no row");
  await expect(item("Connection dead")).toContainText("failing");
  await expect(item("File shop.src")).toContainText(/Line 2: must begin with/);
  await sound(page);

  await rm(join(server.folder, "canned", "shop.src"));
  await expect(item("File shop.src")).toHaveCount(0);
  await server.api("DELETE", `/api/v1/connections/${id}`);
  await expect(item("Connection dead")).toHaveCount(0);

  await item("Series series that is failed").getByRole("link").click();
  await expect(page).toHaveURL(/\/runs\?.*status=failed/);
  await expect(page.getByRole("row", { name: /series that is failed/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /series that is partial/ })).toHaveCount(0);
});

test("home shows the default connection first, then those that need somebody, then how many more there are", async ({ page, server }) => {
  const folder = join(server.folder, "lines");
  await mkdir(folder);
  for (let at = 0; at < 8; at += 1) await server.api("POST", "/api/v1/connections", { name: `sound ${at}`, driver: "file", folder });
  const dead = { name: "zz dead", driver: "v1", url: "http://127.0.0.1:9", database: "shop" };
  const { id } = await server.api<{ id: string }>("POST", "/api/v1/connections?check=skip", dead);
  await server.api("POST", `/api/v1/connections/${id}/check`);
  await page.goto("/");
  const rows = page.getByRole("region", { name: "Connections", exact: true });
  await expect(rows.getByRole("listitem")).toHaveCount(6);
  await expect(rows.getByRole("listitem").nth(0)).toContainText(/sound 0.*Default/);
  await expect(rows.getByRole("listitem").nth(1)).toContainText(/zz dead.*failing/);
  await expect(rows.getByRole("slider", { name: "Health of zz dead" })).toHaveAttribute("aria-valuetext", /0 of 1 check passed.*TRB-TCP-001/);
  await expect(rows).toContainText("3 more 3 verified");
  await sound(page);
  await rows.getByRole("link", { name: "3 more" }).click();
  await expect(page).toHaveURL(/\/connections$/);
});

test.describe("the demo", () => {
  test.use({ at: "demo" });

  test("has its figures, its next slots and its runs on home", async ({ page }) => {
    await page.goto("/");
    const numbers = page.getByRole("region", { name: "In numbers" });
    await expect(numbers.getByRole("listitem").filter({ hasText: "Series" })).toContainText("4");
    const groups = page.getByRole("region", { name: "Groups" });
    const group = groups.getByRole("listitem").filter({ hasText: "every 10 seconds" });
    await expect(group).toContainText(/next (in \d+ seconds?|now)/);
    await expect(group.getByRole("link", { name: /^Last slot of every 10 seconds: succeeded/ })).toBeVisible({ timeout: 30_000 });
    await expect(group.getByRole("group", { name: /^Rows of the last (slot|\d+ slots) of every 10 seconds/ })).toBeVisible();
    const connections = page.getByRole("region", { name: "Connections", exact: true });
    await expect(connections.getByRole("slider")).toHaveAttribute("aria-valuetext", /passed/, { timeout: 30_000 });
    await expect(connections.getByRole("listitem").filter({ hasText: "demo" }).getByText("verified", { exact: true })).toBeVisible();
    const succeeded = numbers.getByRole("link", { name: /^succeeded \d/ });
    await expect(succeeded).toBeVisible({ timeout: 30_000 });
    await sound(page);
    await succeeded.click();
    await expect(page).toHaveURL(/status=succeeded/);
    await expect(page.getByRole("row", { name: /orders in the last hour by country/ }).first()).toBeVisible();
    await sound(page);
  });
});
