// The harness itself: that each thing it watches for is a failure.

import { expect, sound, test } from "./harness";
import { watch } from "./harness/watch";

test("a console error, a page error and a request to another origin are found", async ({ page, server, expected }) => {
  expected.push(/./);
  const problems = watch(page, server.url);
  await page.goto("/");
  await page.evaluate(() => {
    console.error("complaint");
    setTimeout(() => {
      throw new Error("thrown");
    });
    new Image().src = "http://127.0.0.1:9/pixel.png";
  });
  await expect.poll(() => problems.join("\n")).toMatch(/console error: complaint/);
  await expect.poll(() => problems.join("\n")).toMatch(/page error: Error: thrown/);
  await expect.poll(() => problems.join("\n")).toMatch(/request to another origin: http:\/\/127\.0\.0\.1:9\/pixel\.png/);
});

test("a refusal of the API is no console error, and a failure of the server is", async ({ page, server, expected }) => {
  expected.push(/500/);
  const problems = watch(page, server.url);
  await page.goto("/");
  await page.evaluate(() => fetch("/api/v1/connections/nowhere"));
  expect(problems).toEqual([]);
  await page.route("**/api/v1/broken", (route) => route.fulfill({ status: 500, body: "{}" }));
  await page.evaluate(() => fetch("/api/v1/broken"));
  await expect.poll(() => problems.join("\n")).toMatch(/500/);
});

test("a page without a label and a page that is too wide are not sound", async ({ page }) => {
  await page.goto("/nowhere");
  await expect(page.getByRole("navigation", { name: "Pages" })).toBeVisible();
  await page.evaluate(() => document.querySelector("main")?.append(document.createElement("input")));
  await expect(sound(page)).rejects.toThrow(/label/);
  await page.evaluate(() => {
    document.querySelector("main input")?.remove();
    const wide = document.createElement("div");
    wide.style.width = "700px";
    // What has no height sticks out of nothing, whatever its width.
    wide.textContent = "wide";
    document.querySelector("main")?.append(wide);
  });
  await expect(sound(page)).rejects.toThrow(/wider than 320 px/);
});
