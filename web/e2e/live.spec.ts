// The pages follow the server, whoever changes something.

import { expect, sound, test } from "./harness";
import { ran, seriesOf, SQL } from "./harness/trouble";
import { watch } from "./harness/watch";

test("what is changed through the API appears on every open page without a reload", async ({ page, context, server }) => {
  const other = await context.newPage();
  const problems = watch(other, server.url);
  await page.goto("/connections");
  await other.goto("/runs");
  await expect(page.getByRole("heading", { level: 1, name: "Connections" })).toBeVisible();
  await expect(other.getByRole("heading", { name: "Nothing has run yet" })).toBeVisible();

  const series = await seriesOf(server, "orders", SQL.succeeded);
  await expect(page.getByRole("row", { name: /lines/ })).toBeVisible();
  await ran(server, series);
  await expect(other.getByRole("row", { name: /orders/ })).toContainText("succeeded");

  const { items } = await server.api<{ items: { id: string }[] }>("GET", "/api/v1/connections");
  await server.api("PATCH", `/api/v1/connections/${items[0]!.id}?check=skip`, { name: "line protocol" });
  await expect(page.getByRole("row", { name: /line protocol/ })).toBeVisible();
  await server.api("DELETE", `/api/v1/series/${series.id}`);
  await expect(other.getByRole("heading", { name: "Nothing has run yet" })).toBeVisible();
  expect(problems).toEqual([]);
});

test("while the server is away the page says so, and it comes back by itself with what happened", async ({ page, server, expected }) => {
  expected.push(/net::ERR_/);
  await page.goto("/groups");
  await server.api("POST", "/api/v1/groups", { name: "minutely", schedule: { every_s: 60 }, enabled: false });
  await expect(page.getByRole("row", { name: /minutely/ })).toBeVisible();
  const sign = page.getByRole("status").filter({ hasText: "Not live: trying again" });
  await expect(sign).toHaveCount(0);

  await server.end();
  await expect(sign).toBeVisible();
  await expect(page.getByRole("row", { name: /minutely/ }), "what was known stays").toBeVisible();
  await sound(page);

  await server.begin();
  await server.api("POST", "/api/v1/groups", { name: "hourly", schedule: { every_s: 3_600 }, enabled: false });
  // After a long time away it tries again every ten seconds.
  await expect(sign).toHaveCount(0, { timeout: 20_000 });
  await expect(page.getByRole("row", { name: /hourly/ })).toBeVisible();
  await server.api("POST", "/api/v1/groups", { name: "daily", schedule: { every_s: 86_400 }, enabled: false });
  await expect(page.getByRole("row", { name: /daily/ })).toBeVisible();
});

test("a list of runs that is read back stays where it is while runs go on", async ({ page, server }) => {
  const series = await seriesOf(server, "orders", SQL.succeeded);
  await ran(server, series);
  const second = await ran(server, series);
  await page.goto(`/runs?before=${second.id}`);
  const rows = page.getByRole("row", { name: /orders/ });
  await expect(rows).toHaveCount(1);
  let asked = 0;
  page.on("request", (request) => {
    if (request.url().includes("/api/v1/runs?")) asked += 1;
  });
  // Its end is told to this page as to all others: the page that shows it says so.
  const run = await ran(server, series);
  const other = await page.context().newPage();
  await other.goto(`/runs/${run.id}`);
  await expect(other.getByText("succeeded", { exact: true }).first()).toBeVisible();
  await expect(rows).toHaveCount(1);
  expect(asked).toBe(0);
});

test("a tab that nobody looks at gives its connection back", async ({ page, server }) => {
  // A browser opens six connections to one server, for all its tabs.
  const pages = [page];
  for (let at = 0; at < 7; at++) pages.push(await page.context().newPage());
  for (const one of pages) {
    await one.goto("/groups");
    await one.evaluate(() => {
      Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    });
  }
  await server.api("POST", "/api/v1/groups", { name: "minutely", schedule: { every_s: 60 }, enabled: false });
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "visible", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await expect(page.getByRole("row", { name: /minutely/ })).toBeVisible();
});
