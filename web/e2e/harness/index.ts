// What every browser test begins with: `import { expect, sound, test } from "./harness";`
//
// Each test gets a server of its own with nothing in it, and a page that must behave (see watch.ts). With `test.use({ at: "demo" })` it is the
// demo instead, one for all tests of a worker: look at it, do not change it. `test.use({ serve: ["--console", folder] })` adds options.

import { test as base, expect } from "@playwright/test";
import { Server } from "./server";
import { watch } from "./watch";

interface OfTest {
  at: "server" | "demo";
  serve: string[];
  /** The server that the page belongs to. */
  server: Server;
  /** Complaints that this test brings about on purpose: push a pattern for each. */
  expected: RegExp[];
}

interface OfWorker {
  demo: () => Promise<Server>;
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

  server: async ({ at, serve, demo }, use) => {
    if (at === "demo") return use(await demo());
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
export { appearance, NARROW, resize, sound } from "./sound";
export type { Server } from "./server";
