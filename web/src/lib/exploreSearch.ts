// What the address of Explore holds: where, what, when, and the query when it was written by hand. Pure.

import { isRange, type RangeName } from "./timeRange";

export type Aggregate = "mean" | "median" | "min" | "max" | "sum" | "count" | "first" | "last" | "spread" | "stddev";
export type Language = "influxql" | "flux" | "sql";

/** Points as they are come first, then what can be made of the points of a window. */
export const AGGREGATES: Record<Aggregate, string> = {
  mean: "Mean", median: "Median", min: "Least", max: "Most", sum: "Sum", count: "Count", first: "First", last: "Last", spread: "Spread",
  stddev: "Standard deviation",
};

export const LANGUAGES: Record<Language, string> = { influxql: "InfluxQL", flux: "Flux", sql: "SQL" };

export interface ExploreSearch {
  /** A connection's id or name; the default one when absent. */
  connection?: string;
  /** A database or bucket; the connection's own when absent. */
  place?: string;
  /** A retention policy of it. */
  policy?: string;
  measurement?: string;
  /** Of the measurement; all of them when absent. */
  fields?: string[];
  /** Per tag the values of which a point must have one. */
  tags?: Record<string, string[]>;
  /** Tags that keep series apart. */
  group?: string[];
  aggregate?: Aggregate;
  window?: string;
  range?: RangeName;
  /** RFC 3339; both or none. They win over `range`. */
  from?: string;
  to?: string;
  language?: Language;
  /** The text, when it is not the one that the choices make. */
  query?: string;
  view?: "table";
}

/** What stands in the address, without what does not belong there. */
export function exploreSearch(search: Record<string, unknown>): ExploreSearch {
  const kept: ExploreSearch = {};
  for (const key of ["connection", "place", "policy", "measurement", "window", "query"] as const) {
    const value = search[key];
    // A name of digits alone comes as a number, `true` as a boolean.
    if (["string", "number", "boolean"].includes(typeof value) && value !== "") kept[key] = String(value);
  }
  const fields = texts(search.fields);
  if (fields.length > 0) kept.fields = fields;
  const group = texts(search.group);
  if (group.length > 0) kept.group = group;
  if (typeof search.tags === "object" && search.tags !== null && !Array.isArray(search.tags)) {
    const tags = Object.entries(search.tags).map(([tag, values]) => [tag, texts(values)] as const);
    const chosen = tags.filter(([, values]) => values.length > 0);
    if (chosen.length > 0) kept.tags = Object.fromEntries(chosen);
  }
  if (typeof search.aggregate === "string" && Object.hasOwn(AGGREGATES, search.aggregate)) kept.aggregate = search.aggregate as Aggregate;
  if (typeof search.language === "string" && Object.hasOwn(LANGUAGES, search.language)) kept.language = search.language as Language;
  if (isRange(search.range)) kept.range = search.range;
  const [from, to] = [moment(search.from), moment(search.to)];
  if (from !== undefined && to !== undefined && from < to) [kept.from, kept.to] = [from, to];
  if (search.view === "table") kept.view = "table";
  return kept;
}

/** Whether a text asks for the time that is chosen beside it. */
export function isOfRange(text: string): boolean {
  return /:(from|to|interval)\b|\bv\.(timeRangeStart|timeRangeStop|windowPeriod)\b/.test(text);
}

/** The same with one value more or less in a list. */
export function toggled(values: readonly string[] | undefined, value: string): string[] {
  return values?.includes(value) ? values.filter((one) => one !== value) : [...(values ?? []), value];
}

function texts(value: unknown): string[] {
  if (typeof value === "string" || typeof value === "number") return [String(value)];
  return Array.isArray(value) ? [...new Set(value.filter((one) => ["string", "number", "boolean"].includes(typeof one)).map(String))] : [];
}

function moment(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const at = new Date(value);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
