// The connections that do not take points for now, and what waits for them.

import { queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "./client";

export type Hold = Schemas["Hold"];
export type ConnectionOnHold = Schemas["ConnectionOnHold"];

/** Connections on hold, those that are it the longest first. */
export const holdList = queryOptions({
  queryKey: ["holds"],
  queryFn: async ({ signal }) => (await body(api.GET("/api/v1/holds", { signal }))).items,
});

/** How much is frozen, and how much there may be. */
export const spool = queryOptions({
  queryKey: ["spool"],
  queryFn: ({ signal }) => body(api.GET("/api/v1/spool", { signal })),
});

/** Lets the oldest run through now, instead of at the next probe. Null: it is not on hold any more. */
export async function tryNow(connection: string): Promise<Hold | undefined> {
  return (await body(api.POST("/api/v1/connections/{connection}/try-now", { params: { path: { connection } } }))).hold ?? undefined;
}
