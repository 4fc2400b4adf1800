// A series as the form holds it, and as the API takes it.

import type { Schemas } from "../../api/client";
import type { Series } from "../../api/series";
import type { FenceChoice, NullCursor, WhenFull } from "../../lib/cursors";
import type { ResultColumn, Role, TimeFormat } from "../../lib/roles";

type Mapping = Schemas["Mapping"];
/** What a mapping can say besides, by file, command or API: the form keeps it as it is. */
type Further = Pick<Mapping, "renames" | "constant_tags" | "constant_fields" | "field_types" | "nulls">;
type Policies = Required<Pick<Mapping, "empty_row" | "not_a_number" | "unsigned" | "decimal" | "time_field" | "bytes" | "long_text">>;

export type WindowLength = "fixed" | "slot";

/** What the form holds. Its names are those of the API where a refusal names a field. */
export interface Draft {
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
  measurement: string;
  /** The role of each column that was given one. */
  roles: Record<string, Role>;
  /** The role of every other column. */
  others: "field" | "unused";
  /** How the time column is read, and the zone of values that carry none. */
  format: TimeFormat;
  zone: string;
  policies: Policies;
  further: Further;
  connection_id: string;
  group_id: string;
  enabled: boolean;
}

export const DEFAULT_POLICIES: Policies = {
  empty_row: "skip", not_a_number: "omit", unsigned: "integer", decimal: "float", time_field: "text", bytes: "base64", long_text: "reject",
};

export const EMPTY_DRAFT: Draft = {
  name: "", query_id: "", parameters: {}, mode: "snapshot", window: "fixed", length_s: 3_600, lag_s: 0,
  cursor: "", key: [], fence: "transactions", fence_lag_s: 60, overlap: 0, null_cursor: "exclude", start: "", cursor_zone: "UTC", page_rows: 50_000,
  reject_limit: 10_000, when_full: "stop", measurement: "", roles: {}, others: "field",
  format: "native", zone: "UTC", policies: DEFAULT_POLICIES, further: {}, connection_id: "", group_id: "", enabled: true,
};

/** A stored series, to be changed. */
export function draftOf(series: Series): Draft {
  const { mapping, mode } = series;
  const roles: Record<string, Role> = {};
  for (const tag of mapping.tags ?? []) roles[tag] = "tag";
  const fields = mapping.fields ?? "rest";
  if (fields !== "rest") for (const field of fields.columns) roles[field] = "field";
  if (mapping.time) roles[mapping.time.column] = "time";
  if ("column" in mapping.measurement) roles[mapping.measurement.column] = "measurement";
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
    measurement: "name" in mapping.measurement ? mapping.measurement.name : "",
    roles,
    others: fields === "rest" ? "field" : "unused",
    format: mapping.time?.format ?? "native",
    zone: mapping.time?.zone ?? "UTC",
    policies: {
      empty_row: mapping.empty_row ?? DEFAULT_POLICIES.empty_row,
      not_a_number: mapping.not_a_number ?? DEFAULT_POLICIES.not_a_number,
      unsigned: mapping.unsigned ?? DEFAULT_POLICIES.unsigned,
      decimal: mapping.decimal ?? DEFAULT_POLICIES.decimal,
      time_field: mapping.time_field ?? DEFAULT_POLICIES.time_field,
      bytes: mapping.bytes ?? DEFAULT_POLICIES.bytes,
      long_text: mapping.long_text ?? DEFAULT_POLICIES.long_text,
    },
    further: furtherOf(mapping),
    connection_id: series.connection_id,
    group_id: series.group_id ?? "",
    enabled: series.enabled ?? true,
  };
}

function furtherOf({ renames, constant_tags, constant_fields, field_types, nulls }: Mapping): Further {
  const given = Object.entries({ renames, constant_tags, constant_fields, field_types, nulls }).filter(([, value]) => value !== undefined && Object.keys(value).length > 0);
  return Object.fromEntries(given);
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

export function roleOf(draft: Pick<Draft, "roles" | "others">, column: string): Role {
  return draft.roles[column] ?? draft.others;
}

/**
 * Gives a column a role. There is one time and one measurement: whatever had it before becomes a field, or a tag. As long as no column is left
 * out, those that the query gains later become fields by themselves.
 */
export function withRole(draft: Draft, column: string, role: Role, columns: readonly ResultColumn[]): Draft {
  const roles: Record<string, Role> = Object.fromEntries(columns.map(({ name }) => [name, roleOf(draft, name)]));
  Object.assign(roles, draft.roles);
  if (role === "time" || role === "measurement") {
    for (const [name, had] of Object.entries(roles)) if (had === role) roles[name] = role === "time" ? "field" : "tag";
  }
  roles[column] = role;
  const leavesOut = columns.some(({ name }) => roles[name] === "unused");
  return { ...draft, roles, others: leavesOut ? "unused" : "field" };
}

/** The column that has a role of which there is one. */
export function columnOf(draft: Draft, role: "time" | "measurement"): string | undefined {
  return Object.entries(draft.roles).find(([, had]) => had === role)?.[0];
}

/** Columns that the mapping names and the result does not have. */
export function lostColumns(draft: Draft, columns: readonly ResultColumn[]): string[] {
  const known = new Set(columns.map(({ name }) => name));
  return Object.entries(draft.roles)
    .filter(([name, role]) => role !== "unused" && !known.has(name))
    .map(([name]) => name);
}

/** The mapping that the form stands for. */
export function mappingOf(draft: Draft): Mapping {
  const having = (role: Role) => Object.keys(draft.roles).filter((name) => draft.roles[name] === role);
  const measurement = columnOf(draft, "measurement");
  const time = columnOf(draft, "time");
  return {
    measurement: measurement === undefined ? { name: draft.measurement.trim() } : { column: measurement },
    tags: having("tag"),
    fields: draft.others === "field" ? "rest" : { columns: having("field") },
    ...(time === undefined ? {} : { time: { column: time, format: draft.format, ...(draft.zone === "UTC" || draft.zone === "" ? {} : { zone: draft.zone }) } }),
    ...draft.policies,
    ...draft.further,
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
