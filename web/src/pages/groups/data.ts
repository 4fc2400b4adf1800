// What the pages of groups ask the server for.

import { keepPreviousData, type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "../../api/client";
import type { Group } from "../../api/groups";
import type { Run } from "../../api/runs";
import type { Series } from "../../api/series";

export type Slot = Schemas["Slot"];

/** The coming slots of a schedule that is not saved yet. */
export const draftForecast = (draft: Schemas["GroupToForecast"], enabled = true) =>
  queryOptions({
    queryKey: ["groups", "forecast", draft],
    queryFn: ({ signal }) => body(api.POST("/api/v1/groups/next", { body: draft, signal })),
    enabled,
    retry: false,
    placeholderData: keepPreviousData,
  });

/** What became of a group's slots, newest first. */
export const lastSlots = (group: string, limit: number) =>
  queryOptions({
    queryKey: ["groups", group, "slots", limit],
    queryFn: async ({ signal }) => (await body(api.GET("/api/v1/groups/{group}/slots", { params: { path: { group }, query: { limit } }, signal }))).items,
  });

export function createGroup(group: Schemas["NewGroup"]): Promise<Group> {
  return body(api.POST("/api/v1/groups", { body: group }));
}

/** Refused when it was changed since `before` was read. */
export function patchGroup(before: { id: string; revision: number }, patch: Schemas["GroupPatch"]): Promise<Group> {
  const params = { path: { group: before.id }, header: { "If-Match": `"${before.revision}"` } };
  return body(api.PATCH("/api/v1/groups/{group}", { params, body: patch }));
}

/** What becomes of the series of a group that is deleted: they keep it from going, stay without one, go to the group `to`, or are deleted too. */
export type Fate = { members: "keep" | "release" | "delete" } | { members: "move"; to: string };

/** Deletes a group and does with its series what is said, all of it or nothing. */
export function deleteGroup(group: string, fate: Fate): Promise<unknown> {
  return api.DELETE("/api/v1/groups/{group}", { params: { path: { group }, query: fate } });
}

/** Puts a run of every enabled series of the group in line. */
export async function runGroup(group: string): Promise<Run[]> {
  return (await body(api.POST("/api/v1/groups/{group}/run", { params: { path: { group } }, body: {} }))).items;
}

/** Its group or its place in it, whatever else was changed meanwhile. */
export function placeSeries(series: string, patch: { group_id?: string | null; position?: number }): Promise<Series> {
  return body(api.PATCH("/api/v1/series/{series}", { params: { path: { series } }, body: patch }));
}

/** After a change: lists, forecasts and members are asked for again. */
export async function groupsChanged(cache: QueryClient): Promise<void> {
  await Promise.all(["groups", "series", "palette"].map((key) => cache.invalidateQueries({ queryKey: [key] })));
}
