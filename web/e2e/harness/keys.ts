// What somebody does who has no mouse.

import { expect, type Locator, type Page } from "@playwright/test";

/** More stops than any page has between two that belong together. */
const STOPS = 80;

/** Goes on from stop to stop until this one has the focus; fails when it is not reached. */
export async function tabTo(page: Page, wanted: Locator, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  await expect(wanted).toBeVisible();
  for (let stop = 0; stop < STOPS; stop += 1) {
    // Looked for each time: what arrives meanwhile may have drawn it anew.
    if (await wanted.evaluate((element) => document.activeElement === element)) return;
    await page.keyboard.press(key);
  }
  await expect(wanted, `not reached with ${key}`).toBeFocused();
}
