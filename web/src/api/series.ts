// The series, as several pages need them.

import { queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "./client";
import type { Run } from "./runs";

export type Series = Schemas["StoredSeries"];

/** Every series, by name. */
export const seriesList = queryOptions({
  queryKey: ["series"],
  queryFn: async () => (await body(api.GET("/api/v1/series"))).items,
});

/** One series, by its id or name. */
export const oneSeries = (series: string) =>
  queryOptions({
    queryKey: ["series", series],
    queryFn: () => body(api.GET("/api/v1/series/{series}", { params: { path: { series } } })),
  });

/** Changes a series; refused when it was changed since `revision`. */
export function patchSeries(series: { id: string; revision: number }, patch: Schemas["SeriesPatch"]): Promise<Series> {
  const header = { "If-Match": `"${series.revision}"` };
  return body(api.PATCH("/api/v1/series/{series}", { params: { path: { series: series.id }, header }, body: patch }));
}

/** The series of a group in the order in which they run. */
export function membersOf(group: string, series: readonly Series[]): Series[] {
  return series
    .filter((one) => one.group_id === group)
    .sort((a, b) => (a.position ?? 0) - (b.position ?? 0) || a.created_at.localeCompare(b.created_at) || a.id.localeCompare(b.id));
}

/** The place behind the last member of a group. */
export function lastPlace(group: string, series: readonly Series[]): number {
  return membersOf(group, series).reduce((last, one) => Math.max(last, (one.position ?? 0) + 1), 0);
}

/** The newest run of each series, by the series' id. */
export const lastRuns = queryOptions({
  queryKey: ["runs", "latest"],
  queryFn: async () => {
    const newest = new Map<string, Run>();
    let before: string | undefined;
    for (;;) {
      const query = { latest: true, limit: 1_000, ...(before === undefined ? {} : { before }) };
      const { items } = await body(api.GET("/api/v1/runs", { params: { query } }));
      for (const run of items) newest.set(run.series_id, run);
      before = items[items.length - 1]?.id;
      if (items.length < 1_000) return newest;
    }
  },
});
