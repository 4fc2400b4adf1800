// A series as the form holds it, and as the API takes it.

import type { Schemas } from "../../api/client";
import type { Series } from "../../api/series";
import type { FenceChoice, NullCursor, WhenFull } from "../../lib/cursors";
import { smallestPatch } from "../../lib/smallestPatch";
import { EMPTY_MAPPING, type MappingDraft, columnOf, mappingDraftOf, mappingOf } from "./mappingDraft";

export type WindowLength = "fixed" | "slot";

/** What the form holds. Its names are those of the API where a refusal names a field. */
export interface Draft extends MappingDraft {
  name: string;
  query_id: string;
  parameters: Record<string, string>;
  mode: "snapshot" | "window" | "incremental";
  /** A window of a length of its own, or back to the slot before. */
  window: WindowLength;
  length_s: number | "";
  lag_s: number | "";
  /** The column that tells new rows, and those that tell rows of one value apart. */
  cursor: string;
  key: string[];
  fence: FenceChoice;
  fence_lag_s: number | "";
  overlap: number | "";
  null_cursor: NullCursor;
  start: string;
  cursor_zone: string;
  page_rows: number | "";
  reject_limit: number | "";
  when_full: WhenFull;
  connection_id: string;
  group_id: string;
  enabled: boolean;
}

export const EMPTY_DRAFT: Draft = {
  name: "", query_id: "", parameters: {}, mode: "snapshot", window: "fixed", length_s: 3_600, lag_s: 0,
  cursor: "", key: [], fence: "transactions", fence_lag_s: 60, overlap: 0, null_cursor: "exclude", start: "", cursor_zone: "UTC", page_rows: 50_000,
  reject_limit: 10_000, when_full: "stop", ...EMPTY_MAPPING, connection_id: "", group_id: "", enabled: true,
};

/** A stored series, to be changed. */
export function draftOf(series: Series): Draft {
  const { mode } = series;
  return {
    name: series.name,
    query_id: series.query_id,
    parameters: series.parameters ?? {},
    mode: mode.mode,
    window: mode.mode === "window" && mode.length_s == null ? "slot" : "fixed",
    length_s: (mode.mode === "window" ? mode.length_s : undefined) ?? 3_600,
    lag_s: mode.mode === "window" ? (mode.lag_s ?? 0) : 0,
    ...cursorOf(mode),
    reject_limit: series.rejects?.limit ?? EMPTY_DRAFT.reject_limit,
    when_full: series.rejects?.when_full ?? EMPTY_DRAFT.when_full,
    ...mappingDraftOf(series.mapping),
    connection_id: series.connection_id,
    group_id: series.group_id ?? "",
    enabled: series.enabled ?? true,
  };
}

type CursorPart = Pick<Draft, "cursor" | "key" | "fence" | "fence_lag_s" | "overlap" | "null_cursor" | "start" | "cursor_zone" | "page_rows">;

/** How new rows are told, with what a mode that says nothing of it would begin with. */
export function cursorOf(mode: Schemas["Mode"]): CursorPart {
  const { cursor, key, fence, fence_lag_s, overlap, null_cursor, start, cursor_zone, page_rows } = EMPTY_DRAFT;
  const usual = { cursor, key, fence, fence_lag_s, overlap, null_cursor, start, cursor_zone, page_rows };
  if (mode.mode !== "incremental") return usual;
  const chosen = mode.fence ?? "transactions";
  return {
    cursor: mode.cursor,
    key: mode.key ?? [],
    ...(typeof chosen === "string" ? { fence: chosen, fence_lag_s } : { fence: "lag" as const, fence_lag_s: chosen.lag_s }),
    overlap: mode.overlap ?? overlap,
    null_cursor: mode.null_cursor ?? null_cursor,
    start: mode.start ?? start,
    cursor_zone: mode.zone ?? cursor_zone,
    page_rows: mode.page_rows ?? page_rows,
  };
}

export function modeOf(draft: Draft): Schemas["Mode"] {
  if (draft.mode === "snapshot") return { mode: "snapshot" };
  if (draft.mode === "incremental") {
    return {
      mode: "incremental",
      cursor: draft.cursor,
      key: draft.key,
      fence: draft.fence === "lag" ? { lag_s: Number(draft.fence_lag_s) } : draft.fence,
      overlap: Number(draft.overlap),
      null_cursor: draft.null_cursor,
      ...(draft.start.trim() === "" ? {} : { start: draft.start.trim() }),
      ...(draft.cursor_zone === "" || draft.cursor_zone === "UTC" ? {} : { zone: draft.cursor_zone }),
      page_rows: Number(draft.page_rows),
    };
  }
  const length = draft.window === "fixed" ? Number(draft.length_s) : null;
  return { mode: "window", ...(length === null ? {} : { length_s: length }), lag_s: Number(draft.lag_s) };
}

/** The mode that a preview asks for: as long as nobody has said which rows are new, all rows are shown. */
export function previewMode(draft: Draft): Schemas["Mode"] {
  const isWhole = draft.cursor !== "" && columnOf(draft, "time") !== undefined;
  return draft.mode === "incremental" && !isWhole ? { mode: "snapshot" } : modeOf(draft);
}

/** What is saved, without the place in a group, which is chosen there. */
export function specOf(draft: Draft) {
  return {
    name: draft.name.trim(),
    query_id: draft.query_id,
    connection_id: draft.connection_id,
    group_id: draft.group_id === "" ? null : draft.group_id,
    mapping: mappingOf(draft),
    mode: modeOf(draft),
    rejects: { limit: Number(draft.reject_limit), when_full: draft.when_full },
    parameters: Object.fromEntries(Object.entries(draft.parameters).filter(([, value]) => value !== "")),
    enabled: draft.enabled,
  };
}

/** The objects that the server merges member by member. */
const MERGED = [
  "parameters", "mapping", "mapping.time", "mapping.renames", "mapping.constant_tags", "mapping.constant_fields", "mapping.field_types", "mapping.nulls", "rejects",
];

/** What was changed in a stored series. */
export function patchOf(before: Series, draft: Draft): Schemas["SeriesPatch"] {
  return smallestPatch(specOf(draftOf(before)), specOf(draft), MERGED);
}

/** What the switch of a series means. */
export function enabledWords(isEnabled: boolean, hasGroup: boolean): string {
  if (!hasGroup) return "It has no group: it runs only by hand";
  return isEnabled ? "Its group runs it" : "Its group passes over it; it can still be run by hand";
}

/** A measurement named after a query: lower case, words joined by `_`. */
export function measurementFrom(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "_")
    .replace(/^_+|_+$/g, "");
}
