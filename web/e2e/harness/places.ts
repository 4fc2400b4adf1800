// Every page of the console: its routes as src/routes.tsx lists them, so that a new one is covered by itself, and a demo in which each of them has
// something to show.

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, type Page } from "@playwright/test";
import { type Kapacitor, kapacitor } from "./kapacitor";
import { Server } from "./server";
import { type Made, ran } from "./trouble";

/** The paths of all pages: `/connections/$connection/edit`. */
export const routes = [
  ...new Set([...readFileSync(join(resolve(import.meta.dirname, "../.."), "src/routes.tsx"), "utf8").matchAll(/=> root, path: "([^"]+)"/g)].map(([, path]) => path ?? "")),
];

/** Where a page shows more than nothing only when its address says what. */
const SEARCH: Record<string, string> = { "/explore": "?measurement=orders_last_hour&range=15m", "/series/new": "?query=$query", "/backfills/new": "?series=$series", "/audits/new": "?series=$series" };

/** For each `$noun` of a route the list whose first object it stands for. */
const LISTS: Record<string, string> = {
  connection: "/api/v1/connections", kapacitor: "/api/v1/kapacitors", database: "/api/v1/databases", query: "/api/v1/queries",
  series: "/api/v1/series", group: "/api/v1/groups", run: "/api/v1/runs?status=succeeded&limit=1",
  backfill: "/api/v1/backfills", audit: "/api/v1/audits",
};

/** Where a `$noun` stands for one of the demo's by its name. */
const NAMED: Record<string, string> = { endpoint: "slack:ops" };

/** The address of a route on this server, with what belongs behind `?`. */
export async function address(server: Server, route: string): Promise<string> {
  let path = route + (SEARCH[route] ?? "");
  for (const [whole, noun = ""] of path.matchAll(/\$(\w+)/g)) {
    const [list, name] = [LISTS[noun], NAMED[noun]];
    if (list === undefined && name === undefined) throw new Error(`${route}: name a list of the API for ${whole}`);
    path = path.replace(whole, name ?? (await first(server, list ?? "")));
  }
  return path;
}

/** The demo, and what it has no need for: a Kapacitor, connections that do not work, rejects, a backfill and an audit. Stop both when done. */
export async function furnishedDemo(): Promise<{ server: Server; stop: () => Promise<void> }> {
  const server = await Server.demo();
  const scripted = await kapacitor();
  const id = await first(server, LISTS.connection ?? "");
  const alerts = await server.api<Made>("POST", `/api/v1/connections/${id}/kapacitors`, { name: "alerts", url: scripted.url });
  await alerting(server, scripted, `/api/v1/connections/${id}/kapacitors/${alerts.id}/endpoints`);
  const plant = { name: "plant 2", driver: "v2", url: "http://localhost:18086", organization: "plant", bucket: "sensors" };
  await server.api("POST", `/api/v1/connections/${id}/check`, {});
  await server.api("POST", "/api/v1/connections?check=skip", { ...plant, notes: "Not set up yet", secrets: { token: "to be replaced" } });
  await past(server);
  await rejects(server);
  await hold(server, id);
  return { server, stop: async () => (await server.stop(), await scripted.stop()) };
}

/** What the Kapacitor of a shop may have: people whom it tells, and tasks. */
async function alerting(server: Server, scripted: Kapacitor, endpoints: string): Promise<void> {
  const set = (name: string, options: Record<string, unknown>) => server.api("PATCH", `${endpoints}/${name}`, { options });
  await set("slack", { enabled: true, url: "https://hooks.slack.com/services/alerts", channel: "#alerts" });
  await server.api("POST", endpoints, { name: "slack:ops", options: { enabled: true, url: "https://hooks.slack.com/services/ops", channel: "#ops" } });
  await set("smtp", { enabled: true, host: "mail.example.com", from: "kapacitor@example.com", to: ["ops@example.com", "shop@example.com"], password: "mail" });
  await set("pagerduty2", { enabled: false, "routing-key": "key" });
  // Somebody tests the mail with a recipient of his own, who stays in the running service.
  await fetch(`${scripted.url}/kapacitor/v1/service-tests/smtp`, { method: "POST", body: JSON.stringify({ to: ["me@example.com"] }) });
  await scripted.task("orders_missing", "stream", "shop", "autogen");
  await scripted.task("stock_low", "batch", "shop", "autogen");
  await scripted.task("revenue_weekly", "batch", "shop", "a_year", "disabled");
  await scripted.task("visits_gap", "stream", "web", "autogen", "unknown retention policy autogen of the database web");
}

/** The minute before last of a window series, read once more and compared; both are over. */
async function past(server: Server): Promise<void> {
  const { items } = await server.api<{ items: { id: string; mode: { mode: string } }[] }>("GET", LISTS.series ?? "");
  const series = items.find(({ mode }) => mode.mode === "window")?.id;
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
  const begun = [
    ["backfills", await server.api<{ id: string }>("POST", `/api/v1/series/${series}/backfills`, { from: ago(2), to: ago(1), parallel: 6 })],
    ["audits", await server.api<{ id: string }>("POST", `/api/v1/series/${series}/audits`, { from: ago(2), to: ago(1), every: "hour" })],
  ] as const;
  for (const [noun, { id }] of begun) {
    const state = async () => (await server.api<{ state: string }>("GET", `/api/v1/${noun}/${id}`)).state;
    await expect.poll(state, { message: `where the one of ${noun} stands`, timeout: 40_000 }).not.toBe("running");
  }
}

/** A series of the demo's shop, in snapshots. */
async function snapshot(server: Server, name: string, sql: string, connection: string, mapping: Record<string, unknown>): Promise<Made> {
  const query = await server.api<Made>("POST", "/api/v1/queries", { name, database_id: await first(server, LISTS.database ?? ""), sql, category: "web shop" });
  return server.api<Made>("POST", "/api/v1/series", { name, query_id: query.id, connection_id: connection, mode: { mode: "snapshot" }, mapping });
}

/** Rows that cannot be written: returned orders whose refund nobody has entered. */
async function rejects(server: Server): Promise<void> {
  const sql = "SELECT created, country, product, CASE WHEN id % 4 = 0 THEN NULL ELSE amount END AS refund\nFROM orders\nWHERE id <= 20";
  const mapping = { measurement: { name: "returns" }, tags: ["country", "product"], time: { column: "created" }, nulls: { refund: "reject" } };
  await ran(server, await snapshot(server, "returned orders", sql, await first(server, LISTS.connection ?? ""), mapping));
}

/** A connection whose InfluxDB has no such database: what is meant for it waits. */
async function hold(server: Server, working: string): Promise<void> {
  const { driver, url } = await server.api<{ driver: string; url?: string }>("GET", `/api/v1/connections/${working}`);
  if (driver !== "v1") return;
  const yearly = await server.api<Made>("POST", "/api/v1/connections?check=skip", { name: "yearly archive", driver, url, database: "tributary_archive" });
  const series = await snapshot(server, "stock of the year", "SELECT name AS product, stock FROM products", yearly.id, { measurement: { name: "stock" }, tags: ["product"] });
  await server.api("POST", `/api/v1/series/${series.id}/run`, {});
  const holds = async () => (await server.api<{ items: unknown[] }>("GET", "/api/v1/holds")).items.length;
  await expect.poll(holds, { message: "connections on hold", timeout: 40_000 }).toBe(1);
}

/** Until so many runs of the demo have succeeded. */
export async function haveRun(server: Server, runs: number, timeout: number): Promise<void> {
  const list = async () => (await server.api<{ items: unknown[] }>("GET", `/api/v1/runs?status=succeeded&limit=${runs}`)).items.length;
  await expect.poll(list, { message: "runs that succeeded", timeout }).toBe(runs);
}

/** Until a page shows what it has to show. */
export async function settled(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
  await expect(page.locator(".mantine-Skeleton-root, .mantine-Loader-root")).toHaveCount(0);
  // Pages that go on asking never get idle; what they show first is there by then.
  await page.waitForLoadState("networkidle", { timeout: 4_000 }).catch(() => undefined);
}

async function first(server: Server, list: string): Promise<string> {
  const { items } = await server.api<{ items: { id: string }[] }>("GET", list);
  if (!items[0]) throw new Error(`${list} is empty`);
  return items[0].id;
}
