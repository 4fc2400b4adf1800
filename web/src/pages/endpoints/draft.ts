// An alert endpoint as its form holds it, and what the server is told of it. Pure.

import type { AlertEndpoint, EndpointPatch, Handler, HandlerField } from "../../api/endpoints";

/** A name and what belongs to it: a header and its value, or a database and its retention policies. */
export interface Row<T> {
  name: string;
  value: T;
}

/** An option as the form holds it. */
export type Held =
  /** A secret that stays as it is. */
  | { is: "kept" }
  /** A secret that will be forgotten. */
  | { is: "cleared" }
  /** It goes back to what Kapacitor's file says. */
  | { is: "file" }
  | { is: "switch"; on: boolean }
  /** Text of any kind, and whole numbers while they are written. */
  | { is: "text"; text: string }
  | { is: "list"; items: string[] }
  | { is: "map"; rows: Row<string>[] }
  | { is: "lists"; rows: Row<string[]>[] }
  | { is: "login"; username: string; password: string }
  /** What no form can change. */
  | { is: "json"; value: unknown };

/** Every option of a form by its name. */
export type Values = Record<string, Held>;

/** The path of an option, as the server names it in what it refuses. */
export function pathOf(option: string): string {
  return `options.${option}`;
}

/** The switch that every handler but HTTP posts has. */
export const ENABLED = "enabled";

/** The options that a form shows: all but the name of the element, which never changes. */
export function fieldsOf({ fields, key }: Handler): HandlerField[] {
  return fields.filter(({ name }) => name !== key);
}

/** Whether there is a secret, of what the server says instead of one. */
export function isSet(value: unknown): boolean {
  return typeof value === "object" && value !== null && "set" in value && value.set === true;
}

/** What an option holds with nothing in it. */
export function empty({ kind }: HandlerField): Held {
  switch (kind) {
    case "switch":
      return { is: "switch", on: false };
    case "list":
      return { is: "list", items: [] };
    case "map":
      return { is: "map", rows: [] };
    case "lists":
      return { is: "lists", rows: [] };
    case "login":
      return { is: "login", username: "", password: "" };
    case "json":
      return { is: "json", value: undefined };
    case "text":
    case "url":
    case "path":
    case "integer":
    case "duration":
      return { is: "text", text: "" };
  }
}

function held(field: HandlerField, value: unknown): Held {
  if (field.secret) return isSet(value) ? { is: "kept" } : empty(field);
  switch (field.kind) {
    case "switch":
      return { is: "switch", on: value === true };
    case "list":
      return { is: "list", items: textsOf(value) };
    case "map":
      return { is: "map", rows: rowsOf(value).map(([name, one]) => ({ name, value: textOf(one) })) };
    case "lists":
      return { is: "lists", rows: rowsOf(value).map(([name, all]) => ({ name, value: textsOf(all) })) };
    case "json":
      return { is: "json", value };
    case "login":
      return empty(field);
    case "text":
    case "url":
    case "path":
    case "integer":
    case "duration":
      return { is: "text", text: textOf(value) };
  }
}

function textOf(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(textOf) : [];
}

function rowsOf(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

/** What was written into a list: several at once are told apart by commas, but in a template a comma is its own. */
export function itemsOf(written: readonly string[]): string[] {
  const items = written.flatMap((text) => (text.includes("{{") ? [text] : text.split(/[,;\n]/)));
  return [...new Set(items.map((item) => item.trim()).filter((item) => item !== ""))];
}

/** What a form begins with: the endpoint as it is, or a new one, which is on. */
export function valuesOf(handler: Handler, endpoint?: AlertEndpoint): Values {
  const values = Object.fromEntries(fieldsOf(handler).map((field) => [field.name, endpoint ? held(field, endpoint.options[field.name]) : empty(field)]));
  if (endpoint === undefined && ENABLED in values) values[ENABLED] = { is: "switch", on: true };
  return values;
}

/** Whether it is on, as far as the form knows: without such an option it always is. */
export function isOn(values: Values): boolean {
  const enabled = values[ENABLED];
  return enabled?.is !== "switch" || enabled.on;
}

/** Whether nothing is in it. */
export function isEmpty(value: Held): boolean {
  switch (value.is) {
    case "kept":
    case "file":
      return false;
    case "cleared":
      return true;
    case "switch":
      return !value.on;
    case "text":
      return value.text.trim() === "";
    case "list":
      return value.items.length === 0;
    case "map":
    case "lists":
      return named<string | string[]>(value.rows).length === 0;
    case "login":
      return value.username === "" && value.password === "";
    case "json":
      return value.value === undefined || value.value === null;
  }
}

/** Rows without a name say nothing. */
function named<T>(rows: readonly Row<T>[]): Row<T>[] {
  return rows.filter(({ name }) => name.trim() !== "");
}

/** An option in JSON, as the server takes it. */
function jsonOf(value: Held, { kind }: HandlerField): unknown {
  switch (value.is) {
    case "cleared":
      return null;
    case "switch":
      return value.on;
    case "text":
      if (kind !== "integer") return value.text.trim();
      return value.text.trim() === "" ? null : Number(value.text);
    case "list":
      return value.items;
    case "map":
    case "lists":
      return Object.fromEntries(named<string | string[]>(value.rows).map(({ name, value: one }) => [name.trim(), one]));
    case "login":
      return { username: value.username, password: value.password };
    case "kept":
    case "file":
    case "json":
      return undefined;
  }
}

/** The smallest patch that makes an endpoint what the form says: what was not touched stays, also secrets. */
export function patchOf(handler: Handler, values: Values, before: Values): EndpointPatch {
  const options: Record<string, unknown> = {};
  const reset: string[] = [];
  for (const field of fieldsOf(handler)) {
    const [had, has] = [before[field.name], values[field.name]];
    if (had === undefined || has === undefined || JSON.stringify(had) === JSON.stringify(has)) continue;
    if (has.is === "file") reset.push(field.name);
    // Whoever began to replace a secret and wrote nothing keeps it.
    else if (!(had.is === "kept" && has.is !== "cleared" && isEmpty(has))) options[field.name] = jsonOf(has, field);
  }
  return { ...(Object.keys(options).length > 0 && { options }), ...(reset.length > 0 && { reset }) };
}

/** Whether the form says something else than what is stored. */
export function isChanged(handler: Handler, values: Values, before: Values): boolean {
  return Object.keys(patchOf(handler, values, before)).length > 0;
}

/** The options of a new one: what is filled in. */
export function newOptions(handler: Handler, values: Values): Record<string, unknown> {
  const filled = fieldsOf(handler).flatMap((field): [string, unknown][] => {
    const value = values[field.name];
    return value === undefined || isEmpty(value) || value.is === "json" ? [] : [[field.name, jsonOf(value, field)]];
  });
  return Object.fromEntries(filled);
}

/** What can be told without asking Kapacitor: what is wrong, by the path of the option. */
export function problemsOf(handler: Handler, values: Values): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const { name, kind, required } of fieldsOf(handler)) {
    const value = values[name];
    if (value === undefined) continue;
    if (required && isOn(values) && isEmpty(value)) problems[pathOf(name)] = `Needed while ${handler.label} is on`;
    else if (kind === "integer" && value.is === "text" && !/^(-?\d+)?$/.test(value.text.trim())) problems[pathOf(name)] = "Give a whole number";
  }
  return problems;
}

/** Names that Kapacitor can still change afterwards. */
export function problemOfElement(element: string): string | undefined {
  if (element.trim() === "") return "Give it a name";
  return /^[-\w+]+$/.test(element.trim()) ? undefined : "Only letters, digits, - _ and +: Kapacitor could not change one of another name";
}
