// The runs, as several pages need them.

import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { RANGES, type RunSearch } from "../lib/runSearch";
import { api, body, type Schemas } from "./client";

export type Run = Schemas["Run"];
export type RunStatus = Schemas["RunStatus"];
export type RunCount = Schemas["RunCount"];

/** Runs on one page of a list. */
export const PAGE = 50;
/** How often what stands for a while until now is asked for again, in ms: by and by the oldest drop out of it. */
const WHILE_MS = 60_000;

/** Whether something may still happen to a run. */
export function goesOn(status: RunStatus): boolean {
  return status === "queued" || status === "running";
}

/** How long it took, or has taken so far; undefined before it began. */
export function lengthOf(run: Run, now: number): number | undefined {
  if (run.started_at == null) return undefined;
  const end = run.finished_at == null ? now : Date.parse(run.finished_at);
  return Math.max(end - Date.parse(run.started_at), 0);
}

export interface RunPageSearch extends RunSearch {
  slot?: string;
  limit?: number;
}

/** One page of runs, newest first. A page behind another run does not change any more. */
export const runPage = ({ range, limit = PAGE, ...search }: RunPageSearch) =>
  queryOptions({
    queryKey: ["runs", "list", { range, limit, ...search }],
    queryFn: async ({ signal }) => {
      const since = range === undefined ? search.since : new Date(Date.now() - RANGES[range]).toISOString();
      const query = { ...search, limit, ...(since === undefined ? {} : { since }) };
      return (await body(api.GET("/api/v1/runs", { params: { query }, signal }))).items;
    },
    refetchInterval: range !== undefined && search.before === undefined ? WHILE_MS : false,
    placeholderData: keepPreviousData,
  });

/** One run with its log. */
export const oneRun = (run: string) =>
  queryOptions({
    queryKey: ["runs", "one", run],
    queryFn: ({ signal }) => body(api.GET("/api/v1/runs/{run}", { params: { path: { run } }, signal })),
  });

/** How many runs of each series of the last `hours` ended how. */
export const runCounts = (hours: number) =>
  queryOptions({
    queryKey: ["runs", "counts", hours],
    queryFn: async ({ signal }) => {
      const since = new Date(Date.now() - hours * 3_600_000).toISOString();
      return (await body(api.GET("/api/v1/runs/counts", { params: { query: { since } }, signal }))).items;
    },
    refetchInterval: WHILE_MS,
  });

const REJECTS = 100;

/** What a run could not write, page by page. */
export const runRejects = (run: string) =>
  infiniteQueryOptions({
    queryKey: ["runs", "rejects", run],
    queryFn: async ({ pageParam, signal }) => {
      const query = { after_row: pageParam, limit: REJECTS };
      return (await body(api.GET("/api/v1/runs/{run}/rejects", { params: { path: { run }, query }, signal }))).items;
    },
    initialPageParam: 0,
    getNextPageParam: (last) => (last.length < REJECTS ? undefined : last[last.length - 1]?.row),
  });

/** Puts a run of a series in line: for this slot, or for the present second. */
export function runSeries(series: string, slot?: string): Promise<Run> {
  return body(api.POST("/api/v1/series/{series}/run", { params: { path: { series } }, body: slot === undefined ? {} : { slot } }));
}

/** Asks a run to stop. */
export function cancelRun(run: string): Promise<Schemas["Cancelled"]> {
  return body(api.POST("/api/v1/runs/{run}/cancel", { params: { path: { run } } }));
}
