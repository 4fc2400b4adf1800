import { defineConfig } from "@playwright/test";
import { browser } from "./harness/browser";

/** `make bench-console`: figures, not tests. */
export default defineConfig({
  testMatch: "bench.ts",
  outputDir: "artefacts",
  workers: 1,
  timeout: 600_000,
  reporter: [["list"]],
  use: browser,
});
