// What the form of a series asks of its draft before the server is asked. Pure.

import type { Query } from "../../api/queries";
import type { Series } from "../../api/series";
import type { Draft } from "./draft";
import { columnOf } from "./mappingDraft";
import { missingValues } from "./usePreview";

export const NEEDS_TIME = "Choose the column that has each row's time: rows that are read again must become the same points";

/** The connection is preset: choosing none is no change. */
export function isDirty(draft: Draft, initial: Draft): boolean {
  return JSON.stringify({ ...draft, connection_id: "" }) !== JSON.stringify({ ...initial, connection_id: "" });
}

/** A name that no series has yet: the first one, or with a number behind it. */
export function unused(name: string, others: readonly Series[] | undefined): string {
  const taken = new Set(others?.map((one) => one.name.toLowerCase()));
  let number = 1;
  while (taken.has((number === 1 ? name : `${name} ${number}`).toLowerCase())) number += 1;
  return number === 1 ? name : `${name} ${number}`;
}

/** What the server need not be asked to refuse. */
export function missing(draft: Draft, query: Query | undefined): { field: string; message: string } | undefined {
  if (draft.query_id === "") return { field: "query_id", message: "Choose a query" };
  if (draft.name.trim() === "") return { field: "name", message: "Give the series a name" };
  const value = query && missingValues(draft, query)[0];
  if (value !== undefined) {
    return { field: (query?.parameters ?? []).length === 1 ? "parameters" : `parameters.${value}`, message: `Give :${value} a value` };
  }
  if (draft.mode === "incremental") {
    if (draft.cursor === "") return { field: "mode.cursor", message: "Choose the column that tells which rows are new" };
    if (draft.fence === "lag" && draft.fence_lag_s === "") return { field: "mode.fence.lag_s", message: "Say how old" };
    if (columnOf(draft, "time") === undefined) return { field: "mapping.time", message: NEEDS_TIME };
  }
  if (columnOf(draft, "measurement") === undefined && draft.measurement.trim() === "") return { field: "mapping.measurement", message: "Give the measurement a name" };
  if (draft.connection_id === "") return { field: "connection_id", message: "Choose a connection" };
  return undefined;
}
