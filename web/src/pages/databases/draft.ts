// A database as the form holds it, and what the server is told of it. Pure.

import type { Database, Engine } from "../../api/databases";
import type { Schemas } from "../../api/client";
import type { Dsn } from "../../lib/dsn";
import { command, curl, Variable } from "../../lib/recipes";
import type { Recipe } from "../../ui/CopyAs";
import type { SecretChange } from "../../ui/SecretField";

/** The fields of the form; those of other engines stay as they are and are not sent. */
export interface Values {
  [field: string]: unknown;
  name: string;
  engine: Engine;
  path: string;
  host: string;
  port: number | string;
  database: string;
  username: string;
  password: SecretChange;
  tls: Schemas["Tls"];
  timeout_s: number | string;
  max_reads: number | string;
  notes: string;
}

export const FIELDS = ["name", "engine", "path", "host", "port", "database", "username", "password", "tls", "timeout_s", "max_reads", "notes"];

/** The engines' own ports. */
export const PORTS: Record<Exclude<Engine, "sqlite">, number> = { postgres: 5432, mysql: 3306 };

/** What "Add database" begins with. */
export function blank(): Values {
  return {
    name: "", engine: "postgres", path: "", host: "localhost", port: "", database: "", username: "", password: undefined, tls: "prefer",
    timeout_s: 300, max_reads: 4, notes: "",
  };
}

/** What "Edit database" begins with. */
export function valuesOf(database: Database): Values {
  const shared = {
    ...blank(), name: database.name, engine: database.engine, timeout_s: (database.statement_timeout_ms ?? 300_000) / 1_000,
    max_reads: database.max_reads ?? 4, notes: database.notes ?? "",
  };
  if (database.engine === "sqlite") return { ...shared, path: database.path };
  const { host, port, database: name, username, tls } = database;
  return { ...shared, host, port: port ?? "", database: name, username, tls: tls ?? "prefer" };
}

/** What an address fills in. A name that nobody gave yet is that of the database, or of the file. */
export function filled(values: Values, { ignored: _, ...dsn }: Dsn): Partial<Values> {
  const file = dsn.path?.split("/").pop()?.replace(/\.(db|sqlite3?)$/i, "");
  const name = values.name.trim() === "" ? (dsn.database ?? file ?? "") : values.name;
  return { port: "", ...dsn, name };
}

/** Everything that the engine knows, as the API has it. */
export function specOf(values: Values): Record<string, unknown> {
  const shared = { statement_timeout_ms: Math.round(Number(values.timeout_s) * 1_000), max_reads: Number(values.max_reads), notes: values.notes };
  if (values.engine === "sqlite") return { engine: values.engine, path: values.path.trim(), ...shared };
  return {
    engine: values.engine, host: values.host.trim(), port: values.port === "" ? null : Number(values.port), database: values.database.trim(),
    username: values.username.trim(), tls: values.tls, ...shared,
  };
}

/** The changes of the password; one that was to be replaced and got no text is kept. */
export function secretChanges(values: Values): { password?: string | null } {
  if (values.engine === "sqlite" || values.password === undefined || values.password === "") return {};
  return { password: values.password };
}

/** The body that creates it. */
export function newBody(values: Values): Record<string, unknown> {
  return { name: values.name.trim(), ...given(specOf(values)), secrets: secretChanges(values) };
}

/** The body that checks it before it is saved. */
export function checkBody(values: Values, replaces: string | undefined): Record<string, unknown> {
  return { ...given(specOf(values)), secrets: secretChanges(values), ...(replaces === undefined ? {} : { replaces }) };
}

/** The patch that makes `before` what the form says; empty when nothing changed. */
export function patchOf(values: Values, before: Database): Record<string, unknown> {
  const old = specOf(valuesOf(before));
  const patch: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(specOf(values))) if (value !== old[field]) patch[field] = value;
  if (values.name.trim() !== before.name) patch.name = values.name.trim();
  const secrets = secretChanges(values);
  if (Object.keys(secrets).length > 0) patch.secrets = secrets;
  return patch;
}

/** Whether a patch changes how the database is reached: then it is checked before it is saved. */
export function isReachedOtherwise(patch: Record<string, unknown>): boolean {
  return Object.keys(patch).some((field) => !["name", "notes", "statement_timeout_ms", "max_reads"].includes(field));
}

/** Whether the kept password would go to another place than it was given for. */
export function isMoved(values: Values, before: Database): boolean {
  const old = valuesOf(before);
  return (["host", "port", "username"] as const).some((field) => String(values[field]).trim() !== String(old[field]));
}

/** What can be told without asking the server: a message for each field that is missing. */
export function missing(values: Values): Record<string, string> {
  const errors: Record<string, string> = {};
  const needed = (field: string, value: string, message: string) => {
    if (value.trim() === "") errors[field] = message;
  };
  needed("name", values.name, "Give it a name");
  if (values.engine === "sqlite") {
    if (!values.path.trim().startsWith("/")) errors.path = "Give the path of the file, from the root: /var/lib/shop.db";
  } else {
    needed("host", values.host, "Give the host's name or address");
    needed("database", values.database, "Give the database on that server");
    needed("username", values.username, "Give the user that logs in");
  }
  const [timeout, reads] = [Number(values.timeout_s), Number(values.max_reads)];
  if (values.timeout_s === "" || !(timeout >= 0 && timeout <= 86_400)) errors.timeout_s = "Give seconds, at most a day; 0 is no limit";
  if (!(reads >= 1 && reads <= 64)) errors.max_reads = "Give a number from 1 to 64";
  return errors;
}

/** The form's name of a field that the server names. */
export function formField(named: string | undefined): string | undefined {
  return named === "statement_timeout_ms" ? "timeout_s" : named;
}

/** The same without the console. The password is a variable of the shell. */
export function recipesOf(values: Values, hasPassword: boolean): Recipe[] {
  const name = values.name.trim() === "" ? "NAME" : values.name.trim();
  const body = newBody({ ...values, name, password: undefined });
  if (hasPassword) body.secrets = { password: new Variable("DATABASE_PASSWORD") };
  else delete body.secrets;
  const sqlite = values.engine === "sqlite";
  const text = command(
    ["database", "create", name],
    [
      ["engine", values.engine], ["path", sqlite ? values.path.trim() : undefined],
      ["host", sqlite ? undefined : values.host.trim()], ["port", sqlite ? undefined : values.port], ["database", sqlite ? undefined : values.database.trim()],
      ["username", sqlite ? undefined : values.username.trim()], ["tls", sqlite || values.tls === "prefer" ? undefined : values.tls],
      ["statement-timeout", Number(values.timeout_s) === 300 ? undefined : `${Number(values.timeout_s)}s`],
      ["max-reads", Number(values.max_reads) === 4 ? undefined : values.max_reads], ["notes", values.notes],
    ],
    hasPassword ? 'TRIBUTARY_DATABASE_PASSWORD="$DATABASE_PASSWORD" ' : "",
  );
  return [
    { label: "curl", text: curl("POST", "/databases", body) },
    { label: "Command line", text },
  ];
}

function given(spec: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== null && value !== ""));
}
