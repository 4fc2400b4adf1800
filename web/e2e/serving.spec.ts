import { join } from "node:path";
import { tmpdir } from "node:os";
import { gzipSync } from "node:zlib";
import { expect, test } from "./harness";

/** Of compressed JavaScript, for the first page. */
const MOST_BYTES = 300_000;

test.describe("a build without a console", () => {
  test.use({ serve: ["--console", join(tmpdir(), "no-console-was-ever-built-here")] });

  test("shows one plain page that says so and how to get it", async ({ page }) => {
    for (const path of ["/", "/connections"]) {
      await page.goto(path);
      await expect(page.getByRole("heading", { name: "This Tributary has no console" })).toBeVisible();
      await expect(page.getByText("make console")).toBeVisible();
    }
    await page.getByRole("link", { name: "REST API" }).click();
    await expect(page).toHaveURL(/\/api\/v1\/openapi\.json$/);
  });
});

test("the first page asks for at most 300 kB of JavaScript and loads no editor and no chart", async ({ page }) => {
  const scripts = new Map<string, Promise<Buffer>>();
  page.on("response", (response) => {
    if (response.request().resourceType() === "script") scripts.set(response.url(), response.body());
  });
  await page.goto("/");
  await expect(page.getByRole("navigation", { name: "Pages" })).toBeVisible();
  const bodies = await Promise.all(scripts.values());
  const bytes = bodies.reduce((sum, body) => sum + gzipSync(body).length, 0);
  expect(scripts.size).toBeGreaterThan(1);
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
  // Class names of CodeMirror and uPlot: editors and charts come when they are used.
  for (const body of bodies) expect(body.toString()).not.toMatch(/cm-content|u-legend/);
  console.log(`first page: ${Math.round(bytes / 1000)} kB of JavaScript`);
});

test("parts that are named by their content are not asked for again", async ({ page }) => {
  await page.goto("/");
  const part = await page.locator("script[type=module]").getAttribute("src");
  const answer = await page.request.get(part ?? "");
  expect(answer.headers()["cache-control"]).toContain("immutable");
  expect(answer.headers()["content-encoding"]).toMatch(/^(br|gzip)$/);
  expect((await page.request.get("/assets/of-another-build.js")).status()).toBe(404);
});

test("a script within the page is not run", async ({ page, expected }) => {
  expected.push(/Content Security Policy/);
  await page.goto("/");
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
  });
  expect(await page.evaluate(() => "ran" in window)).toBe(false);
});
