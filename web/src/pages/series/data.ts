// What the pages of series ask the server for.

import { keepPreviousData, type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "../../api/client";
import type { Series } from "../../api/series";

export type Preview = Schemas["Preview"];
export type PreviewRow = Schemas["PreviewRow"];
export type Verdict = Schemas["PreviewVerdict"];
export type Rows = Schemas["Rows"];

/** Rows of a read stay good for a while: changing a role and back asks nobody. */
const ROWS_STALE_MS = 60_000;

/** The first rows of a series that is not saved yet, and what becomes of them. */
export const draftPreview = (draft: Schemas["SeriesToPreview"], enabled: boolean) =>
  queryOptions({
    queryKey: ["series", "preview", draft],
    queryFn: ({ signal }) => body(api.POST("/api/v1/series/preview", { body: draft, signal })),
    enabled,
    staleTime: ROWS_STALE_MS,
    gcTime: ROWS_STALE_MS,
    placeholderData: keepPreviousData,
    retry: false,
  });

/** The first rows of a query, before anybody said what becomes of them. */
export const queryRows = (query: string, trial: Schemas["QueryTrial"], enabled: boolean) =>
  queryOptions({
    queryKey: ["queries", query, "try", trial],
    queryFn: ({ signal }) => body(api.POST("/api/v1/queries/{query}/try", { params: { path: { query } }, body: trial, signal })),
    enabled,
    staleTime: ROWS_STALE_MS,
    gcTime: ROWS_STALE_MS,
    retry: false,
  });

/** The first rows of a stored series, and what becomes of them. */
export const storedPreview = (series: Series, settings: Schemas["PreviewSettings"]) =>
  queryOptions({
    queryKey: ["series", series.id, "preview", series.revision, settings],
    queryFn: ({ signal }) => body(api.POST("/api/v1/series/{series}/preview", { params: { path: { series: series.id } }, body: settings, signal })),
    staleTime: ROWS_STALE_MS,
    retry: false,
  });

export function createSeries(series: Schemas["NewSeries"]): Promise<Series> {
  return body(api.POST("/api/v1/series", { body: series }));
}

export function deleteSeries(series: string): Promise<unknown> {
  return api.DELETE("/api/v1/series/{series}", { params: { path: { series } } });
}

/** After a change: lists, previews and the members of groups are asked for again. */
export async function seriesChanged(queries: QueryClient): Promise<void> {
  await Promise.all([queries.invalidateQueries({ queryKey: ["series"] }), queries.invalidateQueries({ queryKey: ["palette"] })]);
}
