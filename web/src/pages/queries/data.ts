// What the pages of queries ask the server for.

import type { QueryClient } from "@tanstack/react-query";
import { api, body, type Schemas } from "../../api/client";
import type { Query } from "../../api/queries";

export type Rows = Schemas["Rows"];
export type Column = Schemas["Column"];

export function createQuery(draft: Record<string, unknown>): Promise<Query> {
  return body(api.POST("/api/v1/queries", { body: draft as unknown as Schemas["NewQuery"] }));
}

/** Refused when it was changed since `before` was read. */
export function updateQuery(before: Query, patch: Record<string, unknown>): Promise<Query> {
  const params = { path: { query: before.id }, header: { "If-Match": `"${before.revision}"` } };
  return body(api.PATCH("/api/v1/queries/{query}", { params, body: patch as Schemas["QueryPatch"] }));
}

export function deleteQuery(query: Query): Promise<unknown> {
  return api.DELETE("/api/v1/queries/{query}", { params: { path: { query: query.id } } });
}

/** The first rows, of a query as the editor holds it. */
export function tryQuery(trial: Record<string, unknown>, signal: AbortSignal): Promise<Rows> {
  return body(api.POST("/api/v1/queries/try", { body: trial as unknown as Schemas["DraftQueryTrial"], signal }));
}

/** The columns of a statement's result, without its rows. */
export async function describe(database: string, statement: Schemas["StatementToDescribe"], signal: AbortSignal): Promise<Column[]> {
  const answer = api.POST("/api/v1/databases/{database}/describe", { params: { path: { database } }, body: statement, signal });
  return (await body(answer)).columns;
}

/** Whatever shows queries asks again. */
export async function queriesChanged(queries: QueryClient): Promise<void> {
  await Promise.all([queries.invalidateQueries({ queryKey: ["queries"] }), queries.invalidateQueries({ queryKey: ["palette"] })]);
}
