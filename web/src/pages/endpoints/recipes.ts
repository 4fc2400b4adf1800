// The same change without the console. Pure. Secrets stand as variables and files, never as they are.

import type { Connection } from "../../api/connections";
import type { Handler } from "../../api/endpoints";
import type { Kapacitor } from "../../api/kapacitors";
import { curl, quoted, Variable } from "../../lib/recipes";
import type { Recipe } from "../../ui/CopyAs";
import { fieldsOf, newOptions, patchOf, type Values } from "./draft";
import type { Listed } from "./words";

/** Where an endpoint is. */
export interface Place {
  connection: Connection;
  kapacitor: Kapacitor;
}

/** What the form changes; as long as it changes nothing, what makes another Kapacitor's endpoint the same. */
export function changeRecipes(place: Place, { handler, endpoint }: Listed, values: Values, stored: Values): Recipe[] {
  const patch = patchOf(handler, values, stored);
  const { options = {}, reset = [] } = Object.keys(patch).length > 0 ? patch : { options: allOf(handler, values) };
  const body = { options: withoutSecrets(handler, options), ...(reset.length > 0 && { reset }) };
  return [
    { label: "curl", text: curl("PATCH", `${baseOf(place)}/${encodeURIComponent(endpoint.name)}`, body) },
    { label: "Command line", text: commandLine("set", place, endpoint.name, body.options, reset) },
  ];
}

/** What the form adds. */
export function newRecipes(place: Place, handler: Handler, element: string, values: Values): Recipe[] {
  const name = `${handler.section}:${element || "NAME"}`;
  const options = withoutSecrets(handler, allOf(handler, values));
  return [
    { label: "curl", text: curl("POST", baseOf(place), { name, options }) },
    { label: "Command line", text: commandLine("add", place, name, options, []) },
  ];
}

function baseOf({ connection, kapacitor }: Place): string {
  return `/connections/${connection.id}/kapacitors/${kapacitor.id}/endpoints`;
}

/** All that is filled in; a secret that is kept too, which somebody else has to know. */
function allOf(handler: Handler, values: Values): Record<string, unknown> {
  const kept = fieldsOf(handler).filter(({ name }) => values[name]?.is === "kept");
  return { ...newOptions(handler, values), ...Object.fromEntries(kept.map(({ name }) => [name, undefined])) };
}

function withoutSecrets(handler: Handler, options: Record<string, unknown>): Record<string, unknown> {
  const secrets = new Set(handler.fields.filter(({ secret }) => secret).map(({ name }) => name));
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, secrets.has(name) && value !== null ? new Variable(variableOf(handler, name)) : value]));
}

/** `SLACK_URL`. */
function variableOf({ section }: Handler, option: string): string {
  return `${section}_${option}`.replace(/\W/g, "_").toUpperCase();
}

function commandLine(verb: "add" | "set", { connection, kapacitor }: Place, name: string, options: Record<string, unknown>, reset: string[]): string {
  const given = Object.entries(options).map(([option, value]) => {
    if (value instanceof Variable) return `--secret-file ${quoted(`${option}=${value.name.toLowerCase()}`)}`;
    return value === null ? `--clear ${quoted(option)}` : quoted(`${option}=${typeof value === "object" ? JSON.stringify(value) : String(value)}`);
  });
  const start = `tributary kapacitor endpoint ${verb} ${quoted(name)} --connection ${quoted(connection.name)} --kapacitor ${quoted(kapacitor.name)}`;
  return [start, ...given, ...reset.map((option) => `--reset ${quoted(option)}`)].join(" \\\n  ");
}
