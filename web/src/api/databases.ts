// The databases, as several pages need them.

import { queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "./client";

export type Database = Schemas["StoredDatabase"];
export type Engine = Database["engine"];

/** What people call an engine. */
export const ENGINES: Record<Engine, string> = { sqlite: "SQLite", postgres: "PostgreSQL", mysql: "MySQL or MariaDB" };

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
  const { host, port, database: name } = database;
  if (host.startsWith("/")) return `${name} at ${host}`;
  return `${host.includes(":") ? `[${host}]` : host}${port == null ? "" : `:${port}`}/${name}`;
}

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
