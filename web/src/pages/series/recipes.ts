// A series as a request and as a command.

import type { Schemas } from "../../api/client";
import { command, curl } from "../../lib/recipes";
import type { Recipe } from "../../ui/CopyAs";
import { type Draft, EMPTY_DRAFT, specOf } from "./draft";
import { DEFAULT_POLICIES, EMPTY_MAPPING, type Mapping } from "./mappingDraft";

export interface Names {
  query: string | undefined;
  connection: string | undefined;
  group: string | undefined;
}

/** The series as it stands. The command names what it needs by name, so that it can be read. */
export function recipesOf(draft: Draft, names: Names): Recipe[] {
  const spec = specOf({ ...draft, name: draft.name.trim() === "" ? "NAME" : draft.name });
  const { mapping, mode } = spec;
  const fields = mapping.fields === undefined || mapping.fields === "rest" ? [] : mapping.fields.columns;
  const time = mapping.time;
  const policies = Object.entries(draft.policies).filter(([name, value]) => value !== DEFAULT_POLICIES[name as keyof typeof DEFAULT_POLICIES]);
  const text = command(
    ["series", "create", spec.name],
    [
      ["query", names.query ?? draft.query_id],
      ["connection", names.connection ?? draft.connection_id],
      ["group", names.group],
      "name" in mapping.measurement ? ["measurement", mapping.measurement.name] : ["measurement-column", mapping.measurement.column],
      ...(mapping.tags ?? []).map((tag): [string, string] => ["tag", tag]),
      ...fields.map((field): [string, string] => ["field", field]),
      ["time", time && (time.format === undefined || time.format === "native" ? time.column : `${time.column}:${time.format}`)],
      ["time-zone", time?.zone],
      ["time-pattern", time?.pattern],
      ["repeated-time", time?.repeated === EMPTY_MAPPING.repeated ? undefined : time?.repeated],
      ["skipped-time", time?.skipped === EMPTY_MAPPING.skipped ? undefined : time?.skipped],
      ...byName(mapping),
      ...(mode.mode === "window" ? [["window", mode.length_s == null ? undefined : `${mode.length_s}s`] as [string, string | undefined]] : []),
      ...incremental(mode),
      ["lag", mode.mode === "window" && mode.lag_s ? `${mode.lag_s}s` : undefined],
      ...Object.entries(spec.parameters).map(([name, value]): [string, string] => ["param", `${name}=${value}`]),
      ...policies.map(([name, value]): [string, string] => [name.replaceAll("_", "-"), value]),
      ["reject-limit", spec.rejects.limit === EMPTY_DRAFT.reject_limit ? undefined : spec.rejects.limit],
      ["when-rejects-full", spec.rejects.when_full === EMPTY_DRAFT.when_full ? undefined : spec.rejects.when_full],
      ["enabled", draft.enabled ? undefined : "false"],
    ],
  );
  return [
    { label: "curl", text: curl("POST", "/series", { ...spec, group_id: spec.group_id ?? undefined }) },
    // A window without a length is a flag without a value.
    { label: "Command line", text: mode.mode === "window" && mode.length_s == null ? `${text} \\\n  --window` : text },
  ];
}

type Option = [name: string, value: string | number | undefined];

/** What is said name by name. */
function byName({ renames, constant_tags, constant_fields, field_types, nulls }: Mapping): Option[] {
  return [
    ...Object.entries(renames ?? {}).map(([column, name]): Option => ["rename-column", `${column}=${name}`]),
    ...Object.entries(constant_tags ?? {}).map(([name, value]): Option => ["constant-tag", `${name}=${value}`]),
    ...Object.entries(constant_fields ?? {}).flatMap(([name, constant]) => Object.entries(constant).map(([type, value]): Option => ["constant-field", `${name}:${type}=${value}`])),
    ...Object.entries(field_types ?? {}).map(([column, type]): Option => ["field-type", `${column}=${type}`]),
    ...Object.entries(nulls ?? {}).map(([column, rule]): Option => ["null", `${column}=${typeof rule === "string" ? rule : `default:${rule.default}`}`]),
  ];
}

/** What differs from the usual. */
function incremental(mode: Schemas["Mode"]): Option[] {
  if (mode.mode !== "incremental") return [];
  const { fence } = mode;
  return [
    ["incremental", mode.cursor],
    ["key", mode.key?.join(",")],
    ["fence", fence === undefined || fence === "transactions" ? undefined : typeof fence === "string" ? "transaction-id" : `lag=${fence.lag_s}s`],
    ["overlap", mode.overlap === 0 ? undefined : mode.overlap],
    ["null-cursor", mode.null_cursor === "exclude" ? undefined : mode.null_cursor],
    ["start", mode.start ?? undefined],
    ["zone", mode.zone ?? undefined],
    ["page-rows", mode.page_rows === EMPTY_DRAFT.page_rows ? undefined : mode.page_rows],
  ];
}
