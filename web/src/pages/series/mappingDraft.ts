// The mapping of a series as the form holds it, and as the API takes it. Pure.

import type { Schemas } from "../../api/client";
import type { FieldType } from "../../lib/fieldTypes";
import { isPattern, selects } from "../../lib/patterns";
import type { ResultColumn, Role, TimeFormat } from "../../lib/roles";
import { type ConstantDraft, constantMembers, constantsOf } from "./constants";

export type Mapping = Schemas["Mapping"];
export type Null = Schemas["Null"];
export type Policies = Required<Pick<Mapping, "empty_row" | "not_a_number" | "unsigned" | "decimal" | "time_field" | "bytes" | "long_text">>;

export interface MappingDraft {
  measurement: string;
  /** The role of each column that was given one by its name. */
  roles: Record<string, Role>;
  /** The role of every other column. */
  others: "field" | "unused";
  /** Columns by pattern that become tags, and, where not every other column does, fields. */
  tag_patterns: string[];
  field_patterns: string[];
  /** How the time column is read: `pattern` is read as `pattern` says. */
  format: TimeFormat | "pattern";
  pattern: string;
  /** Of times that carry no zone, with what its clocks show twice or never. */
  zone: string;
  repeated: Schemas["RepeatedTime"];
  skipped: Schemas["SkippedTime"];
  /** By column: another name, another type, and what a NULL becomes. They are written only where the column's role has them. */
  renames: Record<string, string>;
  field_types: Record<string, FieldType>;
  nulls: Record<string, Null>;
  constants: ConstantDraft[];
  policies: Policies;
}

export const DEFAULT_POLICIES: Policies = {
  empty_row: "skip", not_a_number: "omit", unsigned: "integer", decimal: "float", time_field: "text", bytes: "base64", long_text: "reject",
};

export const EMPTY_MAPPING: MappingDraft = {
  measurement: "", roles: {}, others: "field", tag_patterns: [], field_patterns: [], format: "native", pattern: "", zone: "UTC", repeated: "earlier", skipped: "reject",
  renames: {}, field_types: {}, nulls: {}, constants: [], policies: DEFAULT_POLICIES,
};

/** What is said of the columns of a result: it goes with them when another query is chosen. */
export const NO_COLUMNS: Pick<MappingDraft, "roles" | "others" | "tag_patterns" | "field_patterns" | "renames" | "field_types" | "nulls"> = {
  roles: {}, others: "field", tag_patterns: [], field_patterns: [], renames: {}, field_types: {}, nulls: {},
};

export function mappingDraftOf(mapping: Mapping): MappingDraft {
  const roles: Record<string, Role> = {};
  const tags = mapping.tags ?? [];
  const fields = mapping.fields ?? "rest";
  for (const tag of tags) if (!isPattern(tag)) roles[tag] = "tag";
  if (fields !== "rest") for (const field of fields.columns) if (!isPattern(field)) roles[field] = "field";
  if (mapping.time) roles[mapping.time.column] = "time";
  if ("column" in mapping.measurement) roles[mapping.measurement.column] = "measurement";
  const { time } = mapping;
  return {
    measurement: "name" in mapping.measurement ? mapping.measurement.name : "",
    roles,
    others: fields === "rest" ? "field" : "unused",
    tag_patterns: tags.filter(isPattern),
    field_patterns: fields === "rest" ? [] : fields.columns.filter(isPattern),
    format: time?.pattern != null ? "pattern" : (time?.format ?? "native"),
    pattern: time?.pattern ?? "",
    zone: time?.zone ?? "UTC",
    repeated: time?.repeated ?? "earlier",
    skipped: time?.skipped ?? "reject",
    renames: mapping.renames ?? {},
    field_types: mapping.field_types ?? {},
    nulls: mapping.nulls ?? {},
    constants: constantsOf(mapping),
    policies: {
      empty_row: mapping.empty_row ?? DEFAULT_POLICIES.empty_row,
      not_a_number: mapping.not_a_number ?? DEFAULT_POLICIES.not_a_number,
      unsigned: mapping.unsigned ?? DEFAULT_POLICIES.unsigned,
      decimal: mapping.decimal ?? DEFAULT_POLICIES.decimal,
      time_field: mapping.time_field ?? DEFAULT_POLICIES.time_field,
      bytes: mapping.bytes ?? DEFAULT_POLICIES.bytes,
      long_text: mapping.long_text ?? DEFAULT_POLICIES.long_text,
    },
  };
}

type Roles = Pick<MappingDraft, "roles" | "others" | "tag_patterns" | "field_patterns">;

export function roleOf(draft: Roles, column: string): Role {
  return draft.roles[column] ?? patternRole(draft, column) ?? draft.others;
}

/** The role that the patterns give a column. */
export function patternRole({ others, tag_patterns, field_patterns }: Roles, column: string): Role | undefined {
  if (selects(tag_patterns, column)) return "tag";
  return others === "unused" && selects(field_patterns, column) ? "field" : undefined;
}

/**
 * Gives a column a role. There is one time and one measurement: whatever had it before becomes a field, or a tag. As long as no column is left
 * out and fields have no pattern, those that the query gains later become fields by themselves.
 */
export function withRole<T extends Roles>(draft: T, column: string, role: Role, columns: readonly ResultColumn[]): T {
  const roles: Record<string, Role> = {};
  for (const { name } of columns) if (patternRole(draft, name) === undefined) roles[name] = roleOf(draft, name);
  Object.assign(roles, draft.roles);
  if (role === "time" || role === "measurement") {
    for (const [name, had] of Object.entries(roles)) if (had === role) roles[name] = role === "time" ? "field" : "tag";
  }
  // A column that is called like a pattern is meant by it.
  const next = { ...draft, roles, tag_patterns: draft.tag_patterns.filter((entry) => entry !== column), field_patterns: draft.field_patterns.filter((entry) => entry !== column) };
  if (patternRole(next, column) === role) delete roles[column];
  else roles[column] = role;
  const leavesOut = columns.some(({ name }) => roleOf(next, name) === "unused");
  return { ...next, others: next.field_patterns.length > 0 ? draft.others : leavesOut ? "unused" : "field" };
}

/** Gives tags or fields their patterns. Those that are new take over what they match, whatever it was, but for the time and the measurement. */
export function withPatterns<T extends Roles>(draft: T, part: "tag_patterns" | "field_patterns", patterns: string[]): T {
  const added = patterns.filter((entry) => !entry.startsWith("!") && !draft[part].includes(entry));
  const stays = ([name, role]: [string, Role]) => role === "time" || role === "measurement" || !selects(added, name);
  return { ...draft, [part]: patterns, roles: Object.fromEntries(Object.entries(draft.roles).filter(stays)) };
}

/** The column that has a role of which there is one. */
export function columnOf(draft: Pick<MappingDraft, "roles">, role: "time" | "measurement"): string | undefined {
  return Object.entries(draft.roles).find(([, had]) => had === role)?.[0];
}

/** Columns that the mapping names and the result does not have. */
export function lostColumns(draft: MappingDraft, columns: readonly ResultColumn[]): string[] {
  const known = new Set(columns.map(({ name }) => name));
  const named = [...Object.keys(draft.roles), ...Object.keys(draft.renames), ...Object.keys(draft.field_types), ...Object.keys(draft.nulls)];
  return [...new Set(named)].filter((name) => !known.has(name) && roleOf(draft, name) !== "unused");
}

/** The mapping that the form stands for. */
export function mappingOf(draft: MappingDraft): Mapping {
  const having = (role: Role) => Object.keys(draft.roles).filter((name) => draft.roles[name] === role);
  const measurement = columnOf(draft, "measurement");
  const time = columnOf(draft, "time");
  const isRest = draft.others === "field";
  const renamed = pick(draft.renames, (column, name) => name !== "" && ["tag", "field"].includes(roleOf(draft, column)));
  const typed = pick(draft.field_types, (column) => roleOf(draft, column) === "field");
  const nulls = pick(draft.nulls, (column, rule) => canHaveNull(roleOf(draft, column), rule));
  return {
    measurement: measurement === undefined ? { name: draft.measurement.trim() } : { column: measurement },
    // What became something else by its chip is taken out of the pattern, unless the list of fields names it.
    tags: [...having("tag"), ...without(draft.tag_patterns, [...having("unused"), ...(isRest ? having("field") : [])])],
    fields: isRest ? "rest" : { columns: [...having("field"), ...without(draft.field_patterns, having("unused"))] },
    ...(time === undefined ? {} : { time: timeOf(draft, time) }),
    ...draft.policies,
    ...(renamed && { renames: renamed }),
    ...constantMembers(draft.constants),
    ...(typed && { field_types: typed }),
    ...(nulls && { nulls }),
  };
}

function timeOf({ format, pattern, zone, repeated, skipped }: MappingDraft, column: string): Schemas["TimeColumn"] {
  return { column, ...(format === "pattern" ? { format: "native", pattern } : { format }), ...(zone === "UTC" || zone === "" ? {} : { zone }), repeated, skipped };
}

/** Patterns that pass over these columns. */
function without(patterns: readonly string[], columns: readonly string[]): string[] {
  return [...patterns, ...columns.filter((column) => selects(patterns, column)).map((column) => `!${column}`)];
}

function canHaveNull(role: Role, rule: Null): boolean {
  if (role === "tag" || role === "field") return true;
  return role === "measurement" ? rule !== "omit" : role === "time" && rule === "reject";
}

function pick<T>(members: Record<string, T>, holds: (name: string, value: T) => boolean): Record<string, T> | undefined {
  const held = Object.entries(members).filter(([name, value]) => holds(name, value));
  return held.length === 0 ? undefined : Object.fromEntries(held);
}
