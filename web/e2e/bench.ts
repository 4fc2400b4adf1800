// How fast the console is with 5,000 connections and 1,000,000 runs, in a real browser on the real binary; writes the console's part of
// docs/benchmarks.md. Run by `make bench-console`. Figures and no tests: machines differ and are noisy.

import { readFile, writeFile } from "node:fs/promises";
import { cpus, loadavg, totalmem } from "node:os";
import { resolve } from "node:path";
import type { Browser, Page } from "@playwright/test";
import { expect, type Server, test } from "./harness";
import { fill } from "./harness/many";

const PAGE = resolve(import.meta.dirname, "../../docs/benchmarks.md");
const [FROM, TO] = ["<!-- console -->", "<!-- end of console -->"];
const CONNECTIONS = Number(process.env.BENCH_CONNECTIONS ?? 5_000);
const RUNS = Number(process.env.BENCH_RUNS ?? 1_000_000);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 7);

interface Figure {
  what: string;
  /** In the unit of the bound; the row shows their median and their largest. */
  samples: number[];
  unit: "ms" | "kB";
  most: number;
}
const figures: Figure[] = [];

function found(figure: Figure): void {
  figures.push(figure);
  console.log(`  ${figure.what}: ${figure.samples.map(Math.round).join(" ")} ${figure.unit}`);
}

test("the console with a large house", async ({ browser, server }) => {
  const [load] = loadavg();
  await fill(server, CONNECTIONS, RUNS);
  await firstPages(browser, server);
  await connections(browser, server);
  await runs(browser, server);
  const [cpu] = cpus();
  const machine = `${cpus().length} cores (${cpu?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GiB, Chromium ${browser.version()}, load ${load?.toFixed(1) ?? "?"} at the beginning`;
  const text = table(machine);
  console.log(`\n${text}`);
  const before = await readFile(PAGE, "utf8");
  const [head, rest = ""] = before.split(FROM);
  await writeFile(PAGE, `${head}${FROM}\n${text}\n${TO}${rest.split(TO)[1] ?? "\n"}`);
});

/** A browser that has never been here. */
async function visitor(browser: Browser, server: Server): Promise<Page> {
  const context = await browser.newContext({ baseURL: server.url, viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.addInitScript(watchTasks);
  return page;
}

interface Watching extends Window {
  tasks: number[];
}

/** Notes how long the page could not answer: tasks above 50 ms, and events until the next frame was drawn. */
function watchTasks(): void {
  const tasks: number[] = ((window as unknown as Watching).tasks = []);
  const noted = (list: PerformanceObserverEntryList) => tasks.push(...list.getEntries().map((entry) => entry.duration));
  new PerformanceObserver(noted).observe({ type: "longtask", buffered: true });
  new PerformanceObserver(noted).observe({ type: "event", buffered: true, durationThreshold: 16 } as PerformanceObserverInit);
}

/** The longest time in which the page did not answer while this was done. */
async function longest(page: Page, act: () => Promise<void>): Promise<number> {
  await page.evaluate(() => ((window as unknown as Watching).tasks.length = 0));
  await act();
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 150))));
  return page.evaluate(() => Math.max(0, ...(window as unknown as Watching).tasks));
}

/** Ms from the navigation until the heading stands and what was asked for too. */
async function usable(page: Page, path: string): Promise<number> {
  await page.goto(path, { waitUntil: "commit" });
  const handle = await page.waitForFunction(
    () => {
      const isThere = document.querySelector("main h1") !== null && document.querySelector("main .mantine-Skeleton-root, main .mantine-Loader-root") === null;
      return isThere && performance.now();
    },
    undefined,
    { polling: "raf", timeout: 30_000 },
  );
  return Number(await handle.jsonValue());
}

async function firstPages(browser: Browser, server: Server): Promise<void> {
  const sizes: number[] = [];
  for (const [path, what] of [["/", "first page, nothing cached"], ["/connections", `list of ${CONNECTIONS.toLocaleString("en")} connections, nothing cached`], ["/runs", `list of ${RUNS.toLocaleString("en")} runs, nothing cached`]] as const) {
    const samples: number[] = [];
    // The first visit is spent on starting the browser.
    for (let round = 0; round <= ROUNDS; round += 1) {
      const page = await visitor(browser, server);
      const session = await page.context().newCDPSession(page);
      await session.send("Network.enable");
      const scripts = new Set<string>();
      let bytes = 0;
      session.on("Network.responseReceived", ({ requestId, type }) => void (type === "Script" && scripts.add(requestId)));
      session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => void (scripts.has(requestId) && (bytes += encodedDataLength)));
      const took = await usable(page, path);
      if (round > 0) samples.push(took);
      await page.waitForTimeout(300);
      if (path === "/" && round > 0) sizes.push(bytes / 1000);
      await page.context().close();
    }
    found({ what: `${what}: from the address to heading and data`, samples, unit: "ms", most: 1_000 });
  }
  found({ what: "JavaScript of the first page, as it is sent", samples: sizes, unit: "kB", most: 300 });
}

async function connections(browser: Browser, server: Server): Promise<void> {
  const page = await visitor(browser, server);
  await usable(page, "/connections");
  const all = (CONNECTIONS + 2).toLocaleString("en").replaceAll(",", "[\\s,\u2009\u202f\u00a0]?");
  await expect(page.getByText(new RegExp(`^${all}$`))).toBeVisible();
  const search = page.getByLabel("Search connections");
  const typed: number[] = [];
  const sorted: number[] = [];
  const scrolled: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    typed.push(
      await longest(page, async () => {
        await search.pressSequentially(`plant 4${round}`, { delay: 90 });
        await expect(page.getByRole("row").nth(1)).toContainText(`plant 4${round}`);
      }),
    );
    await search.fill("");
    await expect(page.getByText(new RegExp(`^${all}$`))).toBeVisible();
    for (const column of ["Name", "Name"]) sorted.push(await longest(page, () => page.getByRole("columnheader", { name: column }).getByRole("button").click()));
    scrolled.push(
      await longest(page, async () => {
        await page.getByRole("region", { name: "connections" }).hover();
        for (let at = 0; at < 8; at += 1) await page.mouse.wheel(0, 2_000);
      }),
    );
  }
  const asked = await longest(page, () => page.waitForTimeout(20_000));
  found({ what: "typing into the search of the connections: longest pause", samples: typed, unit: "ms", most: 100 });
  found({ what: "sorting the connections: longest pause", samples: sorted, unit: "ms", most: 100 });
  found({ what: "scrolling through the connections: longest pause", samples: scrolled, unit: "ms", most: 100 });
  found({ what: "20 s of looking at the connections, which are asked for again: longest pause", samples: [asked], unit: "ms", most: 100 });
  await page.context().close();
}

async function runs(browser: Browser, server: Server): Promise<void> {
  const page = await visitor(browser, server);
  const { items } = await server.api<{ items: { id: string }[] }>("GET", `/api/v1/runs?limit=1&until=${new Date(Date.now() - RUNS * 500).toISOString()}`);
  const { items: failed } = await server.api<{ items: { id: string }[] }>("GET", "/api/v1/series");
  for (const [what, search] of [
    ["from the newest", ""],
    ["half a million runs back", `?before=${items[0]?.id}`],
    ["of those that failed", "?status=failed"],
    ["of one series", `?series=${failed[0]?.id}`],
  ] as const) {
    await usable(page, `/runs${search}`);
    const samples: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const older = page.getByRole("button", { name: "Older" });
      await expect(older).toBeEnabled();
      // What is on its way before the click is not the page's answer to it; the pointer rests on the button as a person's does.
      await older.hover();
      await page.waitForTimeout(300);
      const drawn = page.evaluate(
        () =>
          new Promise<number>((done) => {
            const first = () => document.querySelector("main tbody a")?.getAttribute("href");
            const before = first();
            document.addEventListener(
              "click",
              (event) => {
                const look = () => {
                  if (first() !== before && document.querySelector("main [aria-busy=true] table") === null) requestAnimationFrame(() => done(performance.now() - event.timeStamp));
                  else requestAnimationFrame(look);
                };
                look();
              },
              { once: true, capture: true },
            );
          }),
      );
      await older.click();
      samples.push(await drawn);
    }
    found({ what: `“Older” ${what}: from the click to the rows`, samples, unit: "ms", most: 300 });
  }
  await page.context().close();
}

function table(machine: string): string {
  const rows = figures.map(({ what, samples, unit, most }) => {
    const inOrder = [...samples].sort((a, b) => a - b);
    const [middle = 0, last = 0] = [inOrder[Math.floor(inOrder.length / 2)], inOrder[inOrder.length - 1]];
    return `| ${what} | ${Math.round(middle)} ${unit} | ${Math.round(last)} ${unit} | at most ${most.toLocaleString("en")} ${unit} | ${middle <= most ? "yes" : "**no**"} |`;
  });
  return [`${machine}.`, "", "| what | median | longest | bound | holds |", "|---|---|---|---|---|", ...rows].join("\n");
}
