// What the pages of databases ask the server for.

import type { QueryClient } from "@tanstack/react-query";
import { api, body, type Schemas } from "../../api/client";
import type { Database } from "../../api/databases";

export function createDatabase(draft: Record<string, unknown>): Promise<Database> {
  return body(api.POST("/api/v1/databases", { body: draft as unknown as Schemas["NewDatabase"] }));
}

/** Refused when it was changed since `before` was read. */
export function updateDatabase(before: Database, patch: Record<string, unknown>): Promise<Database> {
  const params = { path: { database: before.id }, header: { "If-Match": `"${before.revision}"` } };
  return body(api.PATCH("/api/v1/databases/{database}", { params, body: patch as Schemas["DatabasePatch"] }));
}

export function deleteDatabase(database: Database): Promise<unknown> {
  return api.DELETE("/api/v1/databases/{database}", { params: { path: { database: database.id } } });
}

export const CHECK_DRAFT = "/api/v1/databases/check";

export const checkOf = (database: Database) => `/api/v1/databases/${database.id}/check`;

/** Whatever shows databases asks again. */
export async function databasesChanged(queries: QueryClient): Promise<void> {
  await Promise.all([queries.invalidateQueries({ queryKey: ["databases"] }), queries.invalidateQueries({ queryKey: ["palette"] })]);
}
