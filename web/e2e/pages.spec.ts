// What holds for every page of src/routes.tsx, on the demo: a new page is covered by itself.

import type { Page } from "@playwright/test";
import { expect, overhang, resize, sound, test } from "./harness";
import { address, haveRun, routes, settled } from "./harness/places";
import { walk } from "./harness/walk";

/** A window of 1280 × 1024 at 400 % zoom. */
const ZOOMED = { width: 320, height: 256 };

test.use({ at: "furnished" });

test.beforeAll(async ({ furnished }) => {
  const server = await furnished();
  await haveRun(server, 1, 80_000);
  // From here on it stands still: a run that ends during a walk with Tab moves what is below it.
  const { items } = await server.api<{ items: { id: string }[] }>("GET", "/api/v1/groups");
  for (const { id } of items) await server.api("PATCH", `/api/v1/groups/${id}`, { enabled: false });
});

test("every route is found, so that every page is looked at", () => {
  expect(routes.length).toBeGreaterThan(25);
  expect(routes).toContain("/");
  expect(routes).toContain("/connections/$connection/kapacitors/$kapacitor/edit");
  expect(routes).toContain("/connections/$connection/kapacitors/$kapacitor/endpoints/$endpoint");
});

for (const route of [...routes, "/nowhere"]) {
  test(`${route} has one heading and a title, is sound, is whole at 400 % zoom, and Tab leads through all of it`, async ({ page, server }) => {
    await page.goto(await address(server, route));
    await settled(page);
    await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
    await expect(page.getByRole("main")).toHaveCount(1);
    await expect(page).toHaveTitle(/^\S.* · Tributary$/);
    await sound(page);
    expect.soft(await walk(page), "with Tab").toEqual([]);

    await resize(page, ZOOMED);
    await expect.poll(() => overhang(page), { message: "wider than 320 px", timeout: 5_000 }).toEqual([]);
    expect.soft(await covered(page), "of the window, by what stays in place").toBeLessThan(0.35);
    expect.soft(await cramped(page), "too low to be read in").toEqual([]);
    expect.soft(await walk(page), "with Tab, at 400 % zoom").toEqual([]);
  });
}

/** How much of the window's height is never the content's, because something stays in front of it. */
function covered(page: Page): Promise<number> {
  return page.evaluate(() => {
    const fixed = [...document.body.querySelectorAll("*")].filter((part) => getComputedStyle(part).position === "fixed" && part.checkVisibility());
    const heights = fixed.map((part) => part.getBoundingClientRect()).filter((box) => box.right > 0 && box.left < innerWidth && box.width > innerWidth / 2);
    return Math.max(0, ...heights.map((box) => Math.min(box.bottom, innerHeight) - Math.max(box.top, 0))) / innerHeight;
  });
}

/** Parts that scroll by themselves and are so low that a line of them can hardly be read. */
function cramped(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const scroll = [...document.querySelectorAll("main *")].filter(
      (part) => /auto|scroll/.test(getComputedStyle(part).overflowY) && part.scrollHeight > part.clientHeight + 1 && part.clientHeight > 0,
    );
    return scroll.filter((part) => part.clientHeight < 100).map((part) => `${part.clientHeight} px: ${part.outerHTML.slice(0, 160)}`);
  });
}
