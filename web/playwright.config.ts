import { defineConfig } from "@playwright/test";
import { browser } from "./e2e/harness/browser";

/** The browser tests: `dev/servers run npx playwright test` in this folder, after `npm run build` and `cargo build`. */
export default defineConfig({
  testDir: "e2e",
  testMatch: "**/*.spec.ts",
  outputDir: "e2e/artefacts",
  workers: 2,
  retries: 0,
  forbidOnly: process.env.CI !== undefined,
  timeout: 90_000,
  globalTimeout: 25 * 60_000,
  expect: { timeout: 10_000 },
  reporter: [["list"], ["./e2e/harness/count.ts"]],
  use: { ...browser, trace: "retain-on-failure", screenshot: "only-on-failure" },
});
