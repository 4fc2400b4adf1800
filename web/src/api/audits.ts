// Audits, as several pages need them.

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { AuditSearch } from "../lib/audits";
import type { Backfill } from "./backfills";
import { api, body, type Schemas } from "./client";

export type Audit = Schemas["Audit"];
export type Difference = Schemas["Difference"];
export type NewAudit = Schemas["NewAudit"];

/** Audits on one page of the list. */
export const AUDITS = 50;

/** One page of audits, newest first, without their differences. */
export const auditPage = ({ limit = AUDITS, ...search }: AuditSearch & { limit?: number }) =>
  queryOptions({
    queryKey: ["audits", "list", { ...search, limit }],
    queryFn: async ({ signal }) => (await body(api.GET("/api/v1/audits", { params: { query: { ...search, limit } }, signal }))).items,
    placeholderData: keepPreviousData,
  });

/** One audit with its differences. */
export const oneAudit = (audit: string) =>
  queryOptions({
    queryKey: ["audits", "one", audit],
    queryFn: ({ signal }) => body(api.GET("/api/v1/audits/{audit}", { params: { path: { audit } }, signal })),
  });

/** Begins to compare. */
export function createAudit(series: string, wanted: NewAudit): Promise<Audit> {
  return body(api.POST("/api/v1/series/{series}/audits", { params: { path: { series } }, body: wanted }));
}

/** Ends one that runs. */
export function cancelAudit(audit: string): Promise<Audit> {
  return body(api.POST("/api/v1/audits/{audit}/cancel", { params: { path: { audit } } }));
}

/** Reads the rows of what differs once more, in one backfill; with `dry_run` only the plan is made. */
export function rereadAudit(audit: string, wanted: { dry_run: boolean; parallel: number }): Promise<Backfill> {
  return body(api.POST("/api/v1/audits/{audit}/reread", { params: { path: { audit } }, body: wanted }));
}
