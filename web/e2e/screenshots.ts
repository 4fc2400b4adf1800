// Pictures of every page of src/routes.tsx into docs/console/, and the part of docs/console.md that shows them. Run by `make screenshots`.

import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Page } from "@playwright/test";
import { appearance, expect, type Server, test } from "./harness";
import { kapacitor } from "./harness/kapacitor";

const WEB = resolve(import.meta.dirname, "..");
const DOCS = resolve(WEB, "../docs");
/** Where the pictures are until all of them are taken. */
const FOLDER = join(WEB, "e2e/artefacts/console");
/** What follows this line in docs/console.md is written by this file. */
const MARK = "<!-- What follows is written by `make screenshots`. -->";

const WIDE = { width: 1280, most: 2_000, least: 800 };
const NARROW = { width: 320, most: 1_200, least: 640 };
const MOST_BYTES = 150_000;
/** Runs that the demo must have ended, so that there is something to see. */
const RUNS = 20;

/** Where a page shows more than nothing only when its address says what. */
const SEARCH: Record<string, string> = { "/explore": "?measurement=orders_last_hour&range=15m", "/series/new": "?query=$query" };

test.use({ at: "demo" });
test.describe.configure({ mode: "serial" });

const routes = [...new Set([...(await readFile(join(WEB, "src/routes.tsx"), "utf8")).matchAll(/=> root, path: "([^"]+)"/g)].map(([, path]) => path ?? ""))];
const taken: { route: string; title: string }[] = [];
let stop: (() => Promise<void>) | undefined;

test.beforeAll(async ({ demo }) => {
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  const server = await demo();
  stop = await furnished(server);
  await expect
    .poll(async () => (await server.api<{ items: unknown[] }>("GET", `/api/v1/runs?status=succeeded&limit=${RUNS}`)).items.length, { timeout: 220_000 })
    .toBe(RUNS);
});

test.afterAll(async () => {
  await stop?.();
  if (taken.length < routes.length) return;
  await rm(join(DOCS, "console"), { recursive: true, force: true });
  await cp(FOLDER, join(DOCS, "console"), { recursive: true });
  await writeFile(join(DOCS, "console.md"), `${await prose()}${MARK}\n\n${gallery()}`);
});

for (const route of routes) {
  test(route, async ({ page, server }) => {
    await page.setViewportSize({ width: WIDE.width, height: WIDE.least });
    await page.goto(await address(server, route + (SEARCH[route] ?? "")));
    await settled(page);
    taken.push({ route, title: (await page.getByRole("heading", { level: 1 }).first().textContent()) ?? route });
    await picture(page, WIDE, `${fileOf(route)}-light`);
    await appearance(page, "dark");
    await picture(page, WIDE, `${fileOf(route)}-dark`);
    await appearance(page, "light");
    await picture(page, NARROW, `${fileOf(route)}-narrow`);
  });
}

/** Beside what the demo makes, what it has no need for: a Kapacitor, and a connection that does not work. Gives what takes it away again. */
async function furnished(server: Server): Promise<() => Promise<void>> {
  const { url, stop } = await kapacitor();
  const id = await first(server, "/api/v1/connections");
  await server.api("POST", `/api/v1/connections/${id}/kapacitors`, { name: "alerts", url });
  const plant = { name: "plant 2", driver: "v2", url: "http://localhost:18086", organization: "plant", bucket: "sensors" };
  await server.api("POST", `/api/v1/connections/${id}/check`, {});
  await server.api("POST", "/api/v1/connections?check=skip", { ...plant, notes: "Not set up yet", secrets: { token: "to be replaced" } });
  return stop;
}

/** The address of a route, with what is behind `?`: each `$noun` of it is the first of its kind. */
async function address(server: Server, route: string): Promise<string> {
  const lists: Record<string, string> = {
    connection: "/api/v1/connections", kapacitor: "/api/v1/kapacitors", database: "/api/v1/databases", query: "/api/v1/queries",
    series: "/api/v1/series", group: "/api/v1/groups", run: "/api/v1/runs?status=succeeded&limit=1",
  };
  let path = route;
  for (const [, noun = ""] of route.matchAll(/\$(\w+)/g)) {
    const list = lists[noun];
    if (list === undefined) throw new Error(`${route}: name a list of the API for $${noun}`);
    path = path.replace(`$${noun}`, await first(server, list));
  }
  return path;
}

async function first(server: Server, list: string): Promise<string> {
  const { items } = await server.api<{ items: { id: string }[] }>("GET", list);
  if (!items[0]) throw new Error(`${list} is empty`);
  return items[0].id;
}

async function settled(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
  await expect(page.locator(".mantine-Skeleton-root, .mantine-Loader-root")).toHaveCount(0);
  // Pages that go on asking never get idle; what they show first is there by then.
  await page.waitForLoadState("networkidle", { timeout: 4_000 }).catch(() => undefined);
}

/** As high as the page is, within bounds. */
async function picture(page: Page, { width, most, least }: typeof WIDE, name: string): Promise<void> {
  await page.setViewportSize({ width, height: least });
  const whole = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width, height: Math.min(Math.max(whole, least), most) });
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.waitForTimeout(300);
  const session = await page.context().newCDPSession(page);
  let data = Buffer.alloc(0);
  for (const quality of [85, 70, 50]) {
    data = Buffer.from((await session.send("Page.captureScreenshot", { format: "webp", quality })).data, "base64");
    if (data.length <= MOST_BYTES) break;
  }
  expect(data.length, `${name} in bytes`).toBeLessThanOrEqual(MOST_BYTES);
  await writeFile(join(FOLDER, `${name}.webp`), data);
  await session.detach();
}

function fileOf(route: string): string {
  return route === "/" ? "home" : route.slice(1).replaceAll("$", "one-").replaceAll("/", "-");
}

async function prose(): Promise<string> {
  const text = await readFile(join(DOCS, "console.md"), "utf8");
  return text.slice(0, text.indexOf(MARK) === -1 ? undefined : text.indexOf(MARK));
}

function gallery(): string {
  const parts = taken.map(({ route, title }) => {
    const shown = (look: string) => `![${title}, ${look}](console/${fileOf(route)}-${look}.webp)`;
    return `## ${title}\n\n\`${route}\`\n\n| light | dark | 320 px |\n|---|---|---|\n| ${["light", "dark", "narrow"].map(shown).join(" | ")} |\n`;
  });
  return parts.join("\n");
}
