// What the form of a series asks of its draft before the server is asked. Pure.

import type { Query } from "../../api/queries";
import type { Series } from "../../api/series";
import { columnOf, type Draft } from "./draft";
import { missingValues } from "./usePreview";

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
  if (columnOf(draft, "measurement") === undefined && draft.measurement.trim() === "") return { field: "mapping.measurement", message: "Give the measurement a name" };
  if (draft.connection_id === "") return { field: "connection_id", message: "Choose a connection" };
  return undefined;
}
