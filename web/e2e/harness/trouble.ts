// Series that end as a test wants them to: of a SQLite file, into a folder.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Server } from "./server";

/** What a query must be for its runs to end so. */
export const SQL = {
  succeeded: "SELECT 'AT' AS country, 2 AS orders",
  empty: "SELECT 'AT' AS country, 2 AS orders WHERE 1 = 0",
  /** The second row has no field. */
  partial: "SELECT 'AT' AS country, 2 AS orders UNION ALL SELECT 'FR', NULL",
  failed: "SELECT country, orders FROM ordres",
  /** Until it is stopped. */
  running: "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT 'AT' AS country, n AS orders FROM c WHERE n < 0",
} as const;

export interface Made {
  id: string;
}

/** A series with this name and this query. */
export async function seriesOf(server: Server, name: string, sql: string): Promise<Made> {
  const folder = join(server.folder, "lines");
  await mkdir(folder, { recursive: true });
  const connection = await once(server, "connections", { name: "lines", driver: "file", folder });
  const database = await once(server, "databases", { name: "shop", engine: "sqlite", path: server.sqlite });
  const query = await server.api<Made>("POST", "/api/v1/queries", { name, database_id: database.id, sql });
  return server.api<Made>("POST", "/api/v1/series", {
    name, query_id: query.id, connection_id: connection.id, mode: { mode: "snapshot" },
    mapping: { measurement: { name: "orders" }, tags: ["country"], empty_row: "reject" },
  });
}

async function once(server: Server, noun: string, body: { name: string } & Record<string, unknown>): Promise<Made> {
  const { items } = await server.api<{ items: (Made & { name: string })[] }>("GET", `/api/v1/${noun}`);
  return items.find((one) => one.name === body.name) ?? server.api<Made>("POST", `/api/v1/${noun}`, body);
}

/** Runs a series by hand and waits until the run has ended. */
export async function ran(server: Server, series: Made): Promise<Made & { status: string }> {
  const run = await server.api<Made>("POST", `/api/v1/series/${series.id}/run`, {});
  const deadline = Date.now() + 20_000;
  for (;;) {
    const now = await server.api<Made & { status: string }>("GET", `/api/v1/runs/${run.id}`);
    if (!["queued", "running"].includes(now.status)) return now;
    if (Date.now() > deadline) throw new Error(`the run is still ${now.status}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}
