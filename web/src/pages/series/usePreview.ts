// The rows of a draft and what becomes of them, as it is changed.

import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Refusal, type Schemas } from "../../api/client";
import type { Query } from "../../api/queries";
import { identityOf } from "../../lib/lineProtocol";
import type { ValueColumn } from "../../ui/ValueTable";
import { draftPreview, type Preview, type PreviewRow, queryRows } from "./data";
import { type Draft, previewMode } from "./draft";
import { mappingOf } from "./mappingDraft";
import type { TimeSample } from "./TimePart";

/** How long typing rests before the server is asked. */
const REST_MS = 300;

export interface LivePreview {
  columns: ValueColumn[];
  /** Values row by row; also while the mapping is refused. */
  values: unknown[][];
  /** What becomes of the rows; undefined while the mapping is refused. */
  preview: Preview | undefined;
  lines: PreviewRow[];
  complete: boolean;
  /** What stands there is about an earlier draft. */
  stale: boolean;
  loading: boolean;
  /** Why there are no rows, or no lines. */
  error: unknown;
  retry: () => void;
}

export interface PreviewOptions {
  limit: number;
  /** The slot that the preview stands for; the present when undefined. */
  slot: string | undefined;
}

/** `knowsRoles`: somebody has said what the columns become; until then only the rows are asked for. */
export function usePreview(draft: Draft, query: Query | undefined, { limit, slot }: PreviewOptions, knowsRoles: boolean): LivePreview {
  const ready = query !== undefined && missingValues(draft, query).length === 0;
  const [opened] = useState(() => Date.now());
  const body = useMemo((): Schemas["SeriesToPreview"] => {
    const mapping = mappingOf(draft);
    // Lines are of use before the measurement has its name.
    if ("name" in mapping.measurement && mapping.measurement.name === "") mapping.measurement = { name: "measurement" };
    return {
      query_id: draft.query_id,
      connection_id: draft.connection_id === "" ? null : draft.connection_id,
      group_id: draft.group_id === "" ? null : draft.group_id,
      mapping,
      mode: previewMode(draft),
      parameters: Object.fromEntries(Object.entries(draft.parameters).filter(([, value]) => value !== "")),
      limit,
      ...(slot === undefined ? {} : { slot }),
    };
  }, [draft, limit, slot]);
  const wanted = useSettled(body);
  const preview = useQuery(draftPreview(wanted, ready && knowsRoles));
  const refused = preview.error instanceof Refusal && preview.error.status === 422;
  const trial = useSettled(
    useMemo(() => ({ values: body.parameters ?? {}, limit, ...(slot === undefined ? {} : { slot }), window: guessedWindow(draft, slot, opened) }), [body, draft, limit, slot, opened]),
  );
  const rows = useQuery(queryRows(draft.query_id, trial, ready && (!knowsRoles || refused)));
  const shown = preview.error === null && knowsRoles ? preview.data : undefined;
  return {
    columns: shown?.columns ?? rows.data?.columns ?? [],
    values: useMemo(() => shown?.rows.map(({ values }) => values) ?? rows.data?.rows ?? [], [shown, rows.data]),
    preview: shown,
    lines: shown?.rows ?? [],
    complete: shown?.complete ?? rows.data?.complete ?? false,
    stale: body !== wanted || preview.isPlaceholderData,
    loading: ready && (preview.isFetching || rows.isFetching),
    error: knowsRoles ? (preview.error ?? undefined) : (rows.error ?? undefined),
    retry: () => void (knowsRoles ? preview.refetch() : rows.refetch()),
  };
}

/** The first value of the time column, and the time that its line has. */
export function sampleOf(time: string, { columns, values, lines }: LivePreview): TimeSample | undefined {
  const at = columns.findIndex(({ name }) => name === time);
  const row = values.findIndex((one) => one[at] !== null && one[at] !== undefined);
  if (at === -1 || row === -1) return undefined;
  const line = lines[row]?.line;
  const nanoseconds = line == null ? "" : identityOf(line).time;
  return { value: String(values[row]?.[at]), time: nanoseconds === "" ? undefined : isoOf(nanoseconds) };
}

/** Nanoseconds since 1970 as an instant, to the nanosecond. */
function isoOf(nanoseconds: string): string {
  const all = BigInt(nanoseconds);
  const below = ((all % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = new Date(Number((all - below) / 1_000_000n)).toISOString().slice(0, 19);
  const fraction = below === 0n ? "" : `.${String(below).padStart(9, "0").replace(/0+$/, "")}`;
  return `${seconds}${fraction}Z`;
}

/** Placeholders that need a value and have none. */
export function missingValues(draft: Draft, query: Query): string[] {
  return (query.parameters ?? []).filter((one) => one.default == null && (draft.parameters[one.name] ?? "") === "").map(({ name }) => name);
}

/** A value that has rested; the same object as long as nothing in it changed. */
function useSettled<T>(value: T): T {
  const text = JSON.stringify(value);
  const [settled] = useDebouncedValue(text, REST_MS);
  const last = useMemo(() => JSON.parse(settled) as T, [settled]);
  return settled === text ? value : last;
}

/** The window that a run would read, for a query that is tried before its series can be previewed. */
function guessedWindow(draft: Draft, slot: string | undefined, opened: number): Schemas["Window"] {
  const at = slot === undefined ? Math.floor(opened / 60_000) * 60_000 : Date.parse(slot);
  const end = at - Number(draft.lag_s) * 1_000;
  const length = Math.max(1, Number(draft.length_s) || 3_600);
  return { start: new Date(end - length * 1_000).toISOString(), end: new Date(end).toISOString() };
}
