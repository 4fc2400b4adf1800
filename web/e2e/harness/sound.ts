import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

/** 1280 px at 400 % zoom. */
export const NARROW = { width: 320, height: 640 };

/** That axe finds nothing serious, in light and in dark, and that nothing is cut off at 320 px. The page stays as it was. */
export async function sound(page: Page, without: { exclude?: string[] } = {}): Promise<void> {
  for (const scheme of ["light", "dark"] as const) {
    await appearance(page, scheme);
    expect(await faults(page, without.exclude ?? []), `axe, in ${scheme}`).toEqual([]);
  }
  await appearance(page, "light");
  const size = page.viewportSize();
  await resize(page, NARROW);
  await expect.poll(() => overhang(page), { message: "wider than 320 px", timeout: 5_000 }).toEqual([]);
  expect(await faults(page, without.exclude ?? []), "axe, at 320 px").toEqual([]);
  if (size) await resize(page, size);
}

/** Gives the page another size, and returns when it has drawn itself at that size, with what its scripts do about it. */
export async function resize(page: Page, size: { width: number; height: number }): Promise<void> {
  await page.setViewportSize(size);
  await page.waitForFunction(({ width, height }) => innerWidth === width && innerHeight === height, size);
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
}

/** Shows the page as a person sees it whose system is set to light or dark. */
export async function appearance(page: Page, scheme: "light" | "dark"): Promise<void> {
  await page.emulateMedia({ colorScheme: scheme });
  await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", scheme);
}

async function faults(page: Page, exclude: string[]): Promise<string[]> {
  let axe = new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]);
  for (const part of exclude) axe = axe.exclude(part);
  const { violations } = await axe.analyze();
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return serious.flatMap(({ id, help, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${help}\n${html}\n${failureSummary ?? ""}`));
}

/** The widest parts that make the page scroll sideways; what scrolls within itself does not. */
export function overhang(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.body.querySelectorAll("*")].filter((part) => part.getBoundingClientRect().right > clientWidth + 1);
    return [`${scrollWidth} px`, ...wide.slice(0, 5).map((part) => part.outerHTML.slice(0, 160))];
  });
}
