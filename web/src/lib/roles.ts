// What a column of a result becomes in a point, and what it probably should: by its type, its name and how many values it has. Pure.

import type { ValueKind } from "./values";

export type Role = "time" | "tag" | "field" | "measurement" | "unused";
export type TimeFormat = "native" | "unix_s" | "unix_ms" | "unix_us" | "unix_ns";

export interface ResultColumn {
  name: string;
  kind: ValueKind;
}

/** The roles in the order of their menu, with what each is good for. */
export const ROLES: { role: Role; label: string; about: string }[] = [
  { role: "time", label: "Time", about: "When the point was" },
  { role: "tag", label: "Tag", about: "Text to filter and group by" },
  { role: "field", label: "Field", about: "A value to draw or count" },
  { role: "measurement", label: "Measurement", about: "The point's measurement, row by row" },
  { role: "unused", label: "Nothing", about: "Not written" },
];

export const ROLE_LABEL = Object.fromEntries(ROLES.map(({ role, label }) => [role, label])) as Record<Role, string>;

/** From so many rows on, a column with another value in every row is more a number of the row than a name. */
const ENOUGH_ROWS = 20;
/** A tag is a name; a longer text is something to read. */
const LONG_TEXT = 64;
const TIME_NAME = /^(time|timestamp|ts|date|day|datetime|at|when)$|(_at|_on|_time|_date|_ts)$|^(created|updated|modified|measured|recorded|ordered|happened)/i;
const ISO = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( ?(Z|[+-]\d{2}:?\d{2}))?)?$/;

/** How many different values a column has, NULL left out. */
export function distinct(values: readonly unknown[]): number {
  return new Set(values.filter((value) => value !== null && value !== undefined).map((value) => JSON.stringify(value))).size;
}

/** The role that each column probably has. At least one is a field, if there is any column for it, and at most one is the time. */
export function suggestedRoles(columns: readonly ResultColumn[], rows: readonly (readonly unknown[])[]): Record<string, Role> {
  const values = (at: number) => rows.map((row) => row[at]).filter((value) => value !== null && value !== undefined);
  const time = suggestedTime(columns, values);
  const roles: Record<string, Role> = {};
  columns.forEach(({ name, kind }, at) => {
    roles[name] = at === time ? "time" : isTag(name, kind, values(at)) ? "tag" : "field";
  });
  if (!Object.values(roles).includes("field")) {
    const last = columns.findLast(({ name }) => roles[name] === "tag");
    if (last) roles[last.name] = "field";
  }
  return roles;
}

function suggestedTime(columns: readonly ResultColumn[], values: (at: number) => unknown[]): number {
  const points = columns.map((column, at): number => {
    const named = TIME_NAME.test(column.name);
    switch (column.kind) {
      case "instant":
      case "timestamp":
        return named ? 5 : 4;
      case "date":
        return named ? 3 : 2;
      case "text":
        return values(at).length > 0 && values(at).every((value) => typeof value === "string" && ISO.test(value)) ? (named ? 3 : 2) : 0;
      case "integer":
      case "unsigned":
        return named && values(at).length > 0 && values(at).every((value) => unixFormat(Number(value)) !== undefined) ? 3 : 0;
      default:
        return 0;
    }
  });
  const best = Math.max(0, ...points);
  return best === 0 ? -1 : points.indexOf(best);
}

function isTag(name: string, kind: ValueKind, values: unknown[]): boolean {
  if (kind === "text") {
    const longest = Math.max(0, ...values.map((value) => String(value).length));
    return longest <= LONG_TEXT && !isOneInEveryRow(values);
  }
  if (kind === "integer" || kind === "unsigned") return /(^|_)id$/i.test(name) && values.length > 0 && !isOneInEveryRow(values);
  return false;
}

function isOneInEveryRow(values: unknown[]): boolean {
  return values.length >= ENOUGH_ROWS && distinct(values) === values.length;
}

/** The unit of a number that stands for an instant between 2001 and 2100; undefined when it stands for none. */
export function unixFormat(value: number): TimeFormat | undefined {
  const units: [TimeFormat, number][] = [["unix_s", 1], ["unix_ms", 1e3], ["unix_us", 1e6], ["unix_ns", 1e9]];
  return units.find(([, size]) => value >= 1e9 * size && value < 4.1e9 * size)?.[0];
}

/** How the values of a column that is the time are probably to be read. */
export function suggestedFormat(kind: ValueKind, values: readonly unknown[]): TimeFormat {
  if (!["integer", "unsigned", "float", "decimal", "text"].includes(kind)) return "native";
  const first = values.find((value) => value !== null && value !== undefined);
  if (first === undefined || (kind === "text" && !/^\d+(\.\d+)?$/.test(String(first)))) return "native";
  return unixFormat(Number(first)) ?? "unix_s";
}

/** Why a role does not suit a column, for the reader to decide; undefined when it does. */
export function doubt(role: Role, column: ResultColumn, values: readonly unknown[]): string | undefined {
  const given = values.filter((value) => value !== null && value !== undefined);
  if (role === "tag") {
    if (column.kind === "uuid" || (isOneInEveryRow(given) && column.kind !== "boolean")) {
      return `Every row has another value: each becomes a series of its own, which makes InfluxDB slow. A field keeps it too.`;
    }
    if (column.kind === "float" || column.kind === "decimal") return "A tag is text: nothing can be added up or drawn from it.";
  }
  if (role === "field" && (column.kind === "bytes" || column.kind === "json")) return "It is written as text.";
  return undefined;
}
