// What could not be written, over all runs.

import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { RejectSearch } from "../lib/rejectSearch";
import { api, body, type Schemas } from "./client";

export type Reject = Schemas["KeptReject"];
export type RejectCount = Schemas["RejectCount"];
export type Resent = Schemas["ResentRejects"];
export type ChosenRejects = Schemas["ChosenRejects"];

/** Rejects on one page of the list. */
export const REJECTS = 100;

/** The rejects, newest run first, page by page. */
export const rejectList = (search: RejectSearch) =>
  infiniteQueryOptions({
    queryKey: ["rejects", "list", search],
    queryFn: async ({ pageParam, signal }) => {
      const query = { ...search, limit: REJECTS, ...(pageParam && { after_run: pageParam.run_id, after_row: pageParam.row }) };
      return (await body(api.GET("/api/v1/rejects", { params: { query }, signal }))).items;
    },
    initialPageParam: undefined as Reject | undefined,
    getNextPageParam: (last) => (last.length < REJECTS ? undefined : last[last.length - 1]),
    placeholderData: keepPreviousData,
  });

/** How many are kept of each series, by name; those that have none are left out. */
export const rejectCounts = queryOptions({
  queryKey: ["rejects", "counts"],
  queryFn: async ({ signal }) => (await body(api.GET("/api/v1/rejects/counts", { signal }))).items,
});

/** Sends the kept lines again, to where their series writes now. */
export function retryRejects(which: ChosenRejects): Promise<Resent> {
  return body(api.POST("/api/v1/rejects/retry", { body: which }));
}

/** Lets them go. Gives how many. */
export async function discardRejects(which: ChosenRejects): Promise<number> {
  return (await body(api.POST("/api/v1/rejects/discard", { body: which }))).discarded;
}

export const FORMATS = { ndjson: "JSON, one reject a line", csv: "CSV table", lines: "Line protocol" } as const;
export type RejectFormat = keyof typeof FORMATS;

/** All of them as a file. */
export async function exportRejects(search: RejectSearch, format: RejectFormat): Promise<Blob> {
  const { data } = await api.GET("/api/v1/rejects/export", { params: { query: { ...search, format } }, parseAs: "blob" });
  if (data === undefined) throw new Error("the server's answer has no body");
  return data;
}
