// Backfills, as several pages need them.

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { BackfillAct, BackfillSearch } from "../lib/backfills";
import { api, body, type Schemas } from "./client";

export type Backfill = Schemas["Backfill"];
export type NewBackfill = Schemas["NewBackfill"];

/** Backfills on one page of the list. */
export const BACKFILLS = 50;

/** One page of backfills, newest first. */
export const backfillPage = ({ limit = BACKFILLS, ...search }: BackfillSearch & { limit?: number }) =>
  queryOptions({
    queryKey: ["backfills", "list", { ...search, limit }],
    queryFn: async ({ signal }) => (await body(api.GET("/api/v1/backfills", { params: { query: { ...search, limit } }, signal }))).items,
    placeholderData: keepPreviousData,
  });

/** One backfill: how far it has come, and when it will be over. */
export const oneBackfill = (backfill: string) =>
  queryOptions({
    queryKey: ["backfills", "one", backfill],
    queryFn: ({ signal }) => body(api.GET("/api/v1/backfills/{backfill}", { params: { path: { backfill } }, signal })),
  });

/** Begins it; with `dry_run` only the plan is made. */
export function createBackfill(series: string, wanted: NewBackfill): Promise<Backfill> {
  return body(api.POST("/api/v1/series/{series}/backfills", { params: { path: { series } }, body: wanted }));
}

/** Pauses it, goes on with it, ends it for good, or runs its failed chunks again. Gives where it stands then. */
export function changeBackfill(backfill: string, act: BackfillAct): Promise<Backfill> {
  return body(api.POST(`/api/v1/backfills/{backfill}/${act}`, { params: { path: { backfill } } }));
}
