// Pictures of every page of src/routes.tsx into docs/console/, and the part of docs/console.md that shows them. Run by `make screenshots`.

import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Page } from "@playwright/test";
import { appearance, expect, test } from "./harness";
import { address, haveRun, routes, settled } from "./harness/places";

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

test.use({ at: "furnished" });
test.describe.configure({ mode: "serial" });

const taken: { route: string; title: string }[] = [];

test.beforeAll(async ({ furnished }) => {
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  await haveRun(await furnished(), RUNS, 220_000);
});

test.afterAll(async () => {
  if (taken.length < routes.length) return;
  await rm(join(DOCS, "console"), { recursive: true, force: true });
  await cp(FOLDER, join(DOCS, "console"), { recursive: true });
  await writeFile(join(DOCS, "console.md"), `${await prose()}${MARK}\n\n${gallery()}`);
});

for (const route of routes) {
  test(route, async ({ page, server }) => {
    await page.setViewportSize({ width: WIDE.width, height: WIDE.least });
    await page.goto(await address(server, route));
    await settled(page);
    taken.push({ route, title: (await page.getByRole("heading", { level: 1 }).first().textContent()) ?? route });
    await picture(page, WIDE, `${fileOf(route)}-light`);
    await appearance(page, "dark");
    await picture(page, WIDE, `${fileOf(route)}-dark`);
    await appearance(page, "light");
    await picture(page, NARROW, `${fileOf(route)}-narrow`);
  });
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
