// Where the refusal of a field stands in the form of a series. Pure.

import type { Draft } from "./draft";
import { ofConstant } from "./mappingProblems";

/** The fields of a refusal that stand somewhere on this page, the narrow ones first. */
export const FIELDS = [
  "name", "query_id", "sql", "parameters", "mode.length_s", "mode.lag_s", "mode.cursor", "mode.key", "mode.fence.lag_s", "mode.fence", "mode.overlap",
  "mode.null_cursor", "mode.start", "mode.zone", "mode.page_rows", "rejects.limit", "mode", "mapping.measurement", "mapping.time.pattern", "mapping.time", "connection_id", "group_id",
];

/** The field of the form that a refusal's field stands at; undefined when it belongs to none. */
export function placeOf(field: string | undefined, draft: Pick<Draft, "constants">): string | undefined {
  const constant = /^mapping\.constant_(tag|field)s\.(.*)$/s.exec(field ?? "");
  if (constant) {
    const at = draft.constants.findIndex(({ part, name }) => part === constant[1] && name === constant[2]);
    return at === -1 ? undefined : ofConstant(at, "name");
  }
  if (columnOfField(field) !== undefined) return field;
  return FIELDS.find((name) => field === name || field?.startsWith(`${name}.`) === true || field?.startsWith(`${name}[`) === true);
}

/** The column whose settings show a field. */
export function columnOfField(field: string | undefined): string | undefined {
  return /^mapping\.(?:renames|nulls|field_types)\.(.+)$/s.exec(field ?? "")?.[1];
}

/** Whether a field stands in "More about the mapping". */
export function isOfMore(field: string): boolean {
  return /^(mapping\.(constants|tags|fields)|rejects)\b/.test(field);
}

/** The refusal's name of a field, where the form calls it otherwise. */
export const ERROR_OF: Record<string, string> = {
  length_s: "mode.length_s", lag_s: "mode.lag_s", measurement: "mapping.measurement", format: "mapping.time", zone: "mapping.time", pattern: "mapping.time.pattern",
  fence_lag_s: "mode.fence.lag_s", overlap: "mode.overlap", null_cursor: "mode.null_cursor", start: "mode.start", cursor_zone: "mode.zone", page_rows: "mode.page_rows",
  key: "mode.key", fence: "mode.fence", reject_limit: "rejects.limit",
};
