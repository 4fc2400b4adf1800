// What every browser test begins with: `import { expect, sound, test } from "./harness";`
//
// Each test gets a server of its own with nothing in it, and a page that must behave (see watch.ts). With `test.use({ at: "demo" })` it is the
// demo instead, one for all tests of a worker: look at it, do not change it; with `at: "furnished"` a demo in which every page has something to show.
// `test.use({ serve: ["--console", folder] })` adds options.

import { test as base, expect } from "@playwright/test";
import { furnishedDemo } from "./places";
import { Server } from "./server";
import { watch } from "./watch";

interface OfTest {
  at: "server" | "demo" | "furnished";
  serve: string[];
  /** The server that the page belongs to. */
  server: Server;
  /** Complaints that this test brings about on purpose: push a pattern for each. */
  expected: RegExp[];
}

interface OfWorker {
  demo: () => Promise<Server>;
  furnished: () => Promise<Server>;
}

export const test = base.extend<OfTest, OfWorker>({
  at: ["server", { option: true }],
  serve: [[], { option: true }],

  demo: [
    async ({}, use) => {
      let demo: Promise<Server> | undefined;
      await use(() => (demo ??= Server.demo()));
      await (await demo)?.stop();
    },
    { scope: "worker", timeout: 90_000 },
  ],

  furnished: [
    async ({}, use) => {
      let demo: ReturnType<typeof furnishedDemo> | undefined;
      await use(async () => (await (demo ??= furnishedDemo())).server);
      await (await demo)?.stop();
    },
    { scope: "worker", timeout: 90_000 },
  ],

  server: async ({ at, serve, demo, furnished }, use) => {
    if (at === "demo") return use(await demo());
    if (at === "furnished") return use(await furnished());
    const server = await Server.serve(...serve);
    await use(server);
    await server.stop();
  },

  baseURL: async ({ server }, use) => use(server.url),

  expected: async ({}, use) => use([]),

  page: async ({ page, server, expected }, use) => {
    const problems = watch(page, server.url);
    await use(page);
    expect(problems.filter((problem) => !expected.some((pattern) => pattern.test(problem)))).toEqual([]);
  },
});

export { expect };
export { influxDatabase, influxQuery, influxWrite, real } from "./real";
export { appearance, NARROW, overhang, resize, sound } from "./sound";
export type { Server } from "./server";
