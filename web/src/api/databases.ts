// The databases, as several pages need them.

import { queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "./client";

export type Database = Schemas["StoredDatabase"];
export type Engine = Database["engine"];

/** What people call an engine. */
export const ENGINES: Record<Engine, string> = { sqlite: "SQLite", postgres: "PostgreSQL", mysql: "MySQL or MariaDB", adbc: "ADBC driver", odbc: "ODBC driver" };

/** The engines that this server was built with. */
export const builtEngines = queryOptions({
  queryKey: ["version", "engines"],
  queryFn: async () => (await body(api.GET("/version"))).engines as Engine[],
  staleTime: Number.POSITIVE_INFINITY,
});

/** Every database, by name. */
export const databaseList = queryOptions({
  queryKey: ["databases"],
  queryFn: async () => (await body(api.GET("/api/v1/databases"))).items,
});

/** One database, by its id or name. */
export const oneDatabase = (database: string) =>
  queryOptions({
    queryKey: ["databases", database],
    queryFn: () => body(api.GET("/api/v1/databases/{database}", { params: { path: { database } } })),
  });

/** Where it is, in one line: a path, or host, port and database. */
export function placeOf(database: Schemas["Database"]): string {
  if (database.engine === "sqlite") return database.path;
  if (database.engine === "adbc") return `${database.uri} by ${database.driver}`;
  if (database.engine === "odbc") return database.connection;
  const { host, port, database: name } = database;
  if (host.startsWith("/")) return `${name} at ${host}`;
  return `${host.includes(":") ? `[${host}]` : host}${port == null ? "" : `:${port}`}/${name}`;
}

/** How SQL is written for it. Standard SQL is highlighted as PostgreSQL's, which is next to it. */
export function dialectOf(database: Schemas["Database"]): "sqlite" | "postgres" | "mysql" {
  if (database.engine !== "adbc" && database.engine !== "odbc") return database.engine;
  return database.dialect === undefined || database.dialect === "standard" ? "postgres" : database.dialect;
}

/** The statements that make an account which reads and can do no more. */
export const grantsOf = (database: Pick<Database, "id" | "revision">, account: string) =>
  queryOptions({
    queryKey: ["databases", database.id, "grants", database.revision, account],
    queryFn: ({ signal }) => body(api.GET("/api/v1/databases/{database}/grants", { params: { path: { database: database.id }, query: { account } }, signal })),
    placeholderData: (before) => before,
    retry: false,
  });

/** The tables that can be read in it; with a search, those that have it in their name. Asks the database itself, so not again by itself. */
export const tablesOf = ({ id, revision }: Pick<Database, "id" | "revision">, search = "") =>
  queryOptions({
    queryKey: ["tables", id, revision, search],
    queryFn: ({ signal }) =>
      body(api.GET("/api/v1/databases/{database}/tables", { params: { path: { database: id }, query: search === "" ? {} : { search } }, signal })),
    staleTime: 5 * 60_000,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    retry: false,
  });
