// A query as the editor holds it, and what the server is told of it. Pure.

import type { Query } from "../../api/queries";
import { levels } from "../../lib/categories";
import { declared, type Parameter, valueProblem } from "../../lib/parameters";
import { type Dialect, isBoundByTheRun, placeholderNames } from "../../lib/placeholders";
import { command, curl } from "../../lib/recipes";
import type { Recipe } from "../../ui/CopyAs";

/** The fields of the editor. */
export interface Values {
  [field: string]: unknown;
  name: string;
  category: string;
  database_id: string;
  sql: string;
  /** What is known of placeholders, also of those that are not in the text at the moment. */
  parameters: Parameter[];
}

/** A placeholder as it is shown. */
export type ShownParameter = Parameter & { used: boolean };

/** What placeholders of the run stand for in a try, in the viewer's zone as `2026-11-21T14:05:00`; blank is what the server takes. */
export interface Times {
  slot: string;
  window_start: string;
  window_end: string;
}

export const NO_TIMES: Times = { slot: "", window_start: "", window_end: "" };

export function blank(database: string): Values {
  return { name: "", category: "", database_id: database, sql: "", parameters: [] };
}

export function valuesOf(query: Query): Values {
  const { name, category = "", database_id, sql, parameters = [] } = query;
  return { name, category, database_id, sql, parameters };
}

/** The placeholders to show: those of the text, and those that the stored query has and the text has not. */
export function parametersOf(values: Values, dialect: Dialect, before: Query | undefined): ShownParameter[] {
  const names = placeholderNames(values.sql, dialect).filter((name) => !isBoundByTheRun(name));
  const stored = new Set(before?.parameters?.map(({ name }) => name));
  return declared(names, values.parameters, values.sql).filter(({ name, used }) => used || stored.has(name));
}

/** What the run binds and the text uses. */
export function boundIn(sql: string, dialect: Dialect): (keyof Times)[] {
  return placeholderNames(sql, dialect).filter(isBoundByTheRun);
}

/** The query as the API has it. */
export function specOf(values: Values, shown: ShownParameter[]) {
  return {
    database_id: values.database_id,
    sql: values.sql,
    category: levels(values.category).join("/"),
    parameters: shown.map(({ name, kind, default: preset }): Parameter => (preset ? { name, kind, default: preset } : { name, kind })),
  };
}

/** The patch that makes `before` what the editor says; empty when nothing changed. */
export function patchOf(values: Values, shown: ShownParameter[], before: Query): Record<string, unknown> {
  const old = specOf(valuesOf(before), (before.parameters ?? []).map((one) => ({ ...one, used: true })));
  const patch: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(specOf(values, shown))) {
    if (JSON.stringify(value) !== JSON.stringify(old[field as keyof typeof old])) patch[field] = value;
  }
  if (values.name.trim() !== before.name) patch.name = values.name.trim();
  return patch;
}

/** What can be told without asking the server: a message for each field that is wrong. */
export function missing(values: Values, shown: ShownParameter[]): Record<string, string> {
  const errors: Record<string, string> = {};
  if (values.name.trim() === "") errors.name = "Give it a name";
  if (values.database_id === "") errors.database_id = "Choose the database that it runs on";
  if (values.sql.trim() === "") errors.sql = "Write one SELECT";
  for (const { name, kind, default: preset } of shown) {
    const problem = preset ? valueProblem(kind, preset) : undefined;
    if (problem !== undefined) errors[`default.${name}`] = problem;
  }
  return errors;
}

/** How it is tried; or, for each field that is wrong, why it cannot be. */
export function trialOf(
  values: Values, shown: ShownParameter[], given: Record<string, string>, times: Times, limit: number,
): { errors: Record<string, string> } | { body: Record<string, unknown>; values: Record<string, string> } {
  const { name: _, ...errors } = missing(values, shown);
  const own: Record<string, string> = {};
  // What the text does not use is not bound.
  const used = shown.filter((one) => one.used);
  for (const { name, kind, default: preset } of used) {
    const text = given[name] ?? "";
    if (text !== "") {
      const problem = valueProblem(kind, text);
      if (problem !== undefined) errors[`values.${name}`] = problem;
      own[name] = text;
    } else if (!preset) errors[`values.${name}`] = "Give a value, or a default";
  }
  if ((times.window_start === "") !== (times.window_end === "")) {
    errors[times.window_start === "" ? "window_start" : "window_end"] = "Give both ends of the window, or none";
  } else if (times.window_start !== "" && times.window_end <= times.window_start) errors.window_end = "Give an end after the begin";
  if (Object.keys(errors).length > 0) return { errors };
  const body: Record<string, unknown> = { query: specOf(values, used), values: own, limit };
  if (times.slot !== "") body.slot = utc(times.slot);
  if (times.window_start !== "") body.window = { start: utc(times.window_start), end: utc(times.window_end) };
  return { body, values: own };
}

/** The same without the console. */
export function recipesOf(values: Values, shown: ShownParameter[], database: string | undefined): Recipe[] {
  const name = values.name.trim() === "" ? "NAME" : values.name.trim();
  const { parameters, category, ...spec } = specOf(values, shown);
  const body = { name, ...(category === "" ? {} : { category }), ...spec, ...(parameters.length === 0 ? {} : { parameters }) };
  const declarations = parameters.map(({ name: own, kind, default: preset }): [string, string] => ["declare", `${own}:${kind}${preset ? `=${preset}` : ""}`]);
  const options: [string, string][] = [["database", database ?? "DATABASE"], ["category", category], ["sql", values.sql], ...declarations];
  return [
    { label: "curl", text: curl("POST", "/queries", body) },
    { label: "Command line", text: command(["query", "create", name], options) },
  ];
}

/** The form's name of a field that the server names: `values.country`, `parameters[0].default`, `sql`. */
export function formField(named: string | undefined, shown: ShownParameter[]): string | undefined {
  const field = named?.replace(/^query\./, "");
  const [, at, member] = /^parameters\[(\d+)\](?:\.(\w+))?/.exec(field ?? "") ?? [];
  if (at !== undefined) return `${member === "default" ? "default" : "kind"}.${shown[Number(at)]?.name ?? ""}`;
  if (field === "parameters") return "sql";
  if (field === "window") return "window_end";
  return field;
}

function utc(local: string): string {
  return new Date(local).toISOString();
}
