// A table of orders in the real PostgreSQL, and a series that reads only its new rows into the real InfluxDB.

import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { influxDatabase, real } from "./real";
import type { Server } from "./server";
import type { Made } from "./trouble";

export interface Orders {
  /** By its number: row 1 is of 2026-11-20T00:00:00Z, each further one of a minute later. */
  series: Made;
  query: Made & { sql: string };
  /** The name of the database in InfluxDB. */
  influx: string;
  table: string;
  /** Lets PostgreSQL do something. */
  sql: (statements: string) => Promise<void>;
  drop: () => Promise<void>;
}

/** So many orders, none of them delivered yet. */
export async function orders(server: Server, rows: number): Promise<Orders> {
  const url = real.postgres();
  const table = `orders_${randomBytes(6).toString("hex")}`;
  const sql = async (statements: string) => {
    await promisify(execFile)("psql", [url, "-qAt", "-v", "ON_ERROR_STOP=1", "-c", statements]);
  };
  await sql(`CREATE TABLE ${table} (id bigserial PRIMARY KEY, at timestamptz NOT NULL, total bigint NOT NULL);
    INSERT INTO ${table} (at, total) SELECT timestamptz '2026-11-20 00:00:00+00' + (n - 1) * interval '1 minute', n FROM generate_series(1, ${rows}) AS n`);
  const { hostname: host, port, username, password, pathname } = new URL(url);
  const database = await server.api<Made>("POST", "/api/v1/databases?check=skip", {
    name: "shop", engine: "postgres", host, port: Number(port), database: pathname.slice(1), username, secrets: { password: decodeURIComponent(password) },
  });
  const query = await server.api<Made & { sql: string }>("POST", "/api/v1/queries", { name: "orders", database_id: database.id, sql: `SELECT id, at, total FROM ${table}` });
  const influx = await influxDatabase();
  const connection = await server.api<Made>("POST", "/api/v1/connections?check=skip", { name: "influx", driver: "v1", ...influx });
  const series = await server.api<Made>("POST", "/api/v1/series", {
    name: "orders", query_id: query.id, connection_id: connection.id, mode: { mode: "incremental", cursor: "id" },
    mapping: { measurement: { name: "orders" }, time: { column: "at" } },
  });
  return { series, query, influx: influx.database, table, sql, drop: () => sql(`DROP TABLE ${table}`) };
}
