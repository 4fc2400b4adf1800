// The groups, as several pages need them.

import { queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "./client";

export type Group = Schemas["StoredGroup"];
export type Forecast = Schemas["Forecast"];

/** Every group, by name. */
export const groupList = queryOptions({
  queryKey: ["groups"],
  queryFn: async () => (await body(api.GET("/api/v1/groups"))).items,
});

/** One group, by its id or name. */
export const oneGroup = (group: string) =>
  queryOptions({
    queryKey: ["groups", group],
    queryFn: () => body(api.GET("/api/v1/groups/{group}", { params: { path: { group } } })),
  });

/** The coming slots of a stored group, as if it were enabled. */
export const groupForecast = (group: string, count: number) =>
  queryOptions({
    queryKey: ["groups", group, "next", count],
    queryFn: () => body(api.GET("/api/v1/groups/{group}/next", { params: { path: { group }, query: { count } } })),
  });

/** The words of a schedule without its zone, which stands beside them. */
export function wordsOf(words: string): string {
  return words.replace(/ Time zone [^ ]+\.$/, "").replace(/\.$/, "");
}
