import { defineConfig } from "@playwright/test";
import { browser } from "./harness/browser";

/** `make screenshots`: no tests, but pictures of the demo for docs/console.md. */
export default defineConfig({
  testMatch: "screenshots.ts",
  outputDir: "artefacts",
  workers: 1,
  timeout: 240_000,
  reporter: [["list"]],
  use: browser,
});
