// The queries, as several pages need them.

import { queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "./client";

export type Query = Schemas["StoredQuery"];

/** Every query, by name. */
export const queryList = queryOptions({
  queryKey: ["queries"],
  queryFn: async () => (await body(api.GET("/api/v1/queries"))).items,
});

/** One query, by its id or name. */
export const oneQuery = (query: string) =>
  queryOptions({
    queryKey: ["queries", query],
    queryFn: () => body(api.GET("/api/v1/queries/{query}", { params: { path: { query } } })),
  });
