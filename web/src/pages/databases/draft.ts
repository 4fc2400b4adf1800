// A database as the form holds it, and what the server is told of it. Pure.

import type { Database, Engine } from "../../api/databases";
import type { Schemas } from "../../api/client";
import type { Dsn } from "../../lib/dsn";
import { command, curl, Variable } from "../../lib/recipes";
import { smallestPatch } from "../../lib/smallestPatch";
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
  ca_certificate: string;
  client_certificate: string;
  client_key: SecretChange;
  /** Of ADBC. */
  driver: string;
  entrypoint: string;
  uri: string;
  /** One `name=value` in a line. */
  options: string;
  /** Of ODBC. */
  connection: string;
  /** Of both. */
  dialect: Schemas["GenericDialect"];
  connect_s: number | string;
  timeout_s: number | string;
  lock_s: number | string;
  max_reads: number | string;
  notes: string;
}

export const FIELDS = [
  "name", "engine", "path", "host", "port", "database", "driver", "entrypoint", "uri", "options", "connection", "username", "password", "dialect", "tls", "ca_certificate",
  "client_certificate", "client_key", "connect_s", "timeout_s", "lock_s", "max_reads", "notes",
];

/** The engines that are reached over the network. */
export type ServerEngine = "postgres" | "mysql";

/** Their own ports. */
export const PORTS: Record<ServerEngine, number> = { postgres: 5432, mysql: 3306 };

export function isServer(engine: Engine): engine is ServerEngine {
  return engine === "postgres" || engine === "mysql";
}

/** What "Add database" begins with. */
export function blank(): Values {
  return {
    name: "", engine: "postgres", path: "", host: "localhost", port: "", database: "", username: "", password: undefined, tls: "prefer", ca_certificate: "",
    client_certificate: "", client_key: undefined, driver: "", entrypoint: "", uri: "", options: "", connection: "", dialect: "standard", connect_s: 10, timeout_s: 300,
    lock_s: 10, max_reads: 4, notes: "",
  };
}

/** What "Edit database" begins with. */
export function valuesOf(database: Database): Values {
  const seconds = (ms: number | undefined, usual: number) => (ms ?? usual) / 1_000;
  const shared = {
    ...blank(), name: database.name, engine: database.engine, connect_s: seconds(database.connect_timeout_ms, 10_000),
    timeout_s: seconds(database.statement_timeout_ms, 300_000), lock_s: seconds(database.lock_timeout_ms, 10_000), max_reads: database.max_reads ?? 4,
    notes: database.notes ?? "",
  };
  switch (database.engine) {
    case "sqlite":
      return { ...shared, path: database.path };
    case "adbc": {
      const { driver, entrypoint, uri, username, options, dialect } = database;
      const lines = Object.entries(options ?? {}).map(([name, value]) => `${name}=${value}`);
      return { ...shared, driver, entrypoint: entrypoint ?? "", uri, username: username ?? "", options: lines.join("\n"), dialect: dialect ?? "standard" };
    }
    case "odbc":
      return { ...shared, connection: database.connection, username: database.username ?? "", dialect: database.dialect ?? "standard" };
    default: {
      const { host, port, database: name, username, tls, ca_certificate, client_certificate } = database;
      const certificates = { ca_certificate: ca_certificate ?? "", client_certificate: client_certificate ?? "" };
      return { ...shared, host, port: port ?? "", database: name, username, tls: tls ?? "prefer", ...certificates };
    }
  }
}

/** What an address fills in. A name that nobody gave yet is that of the database, or of the file. */
export function filled(values: Values, { ignored: _, ...dsn }: Dsn): Partial<Values> {
  const file = dsn.path?.split("/").pop()?.replace(/\.(db|sqlite3?)$/i, "");
  const name = values.name.trim() === "" ? (dsn.database ?? file ?? "") : values.name;
  return { port: "", ...dsn, name };
}

/** Everything that the engine knows, as the API has it. What is blank is null. */
export function specOf(values: Values): Record<string, unknown> {
  const ms = (seconds: number | string) => Math.round(Number(seconds) * 1_000);
  const shared = {
    connect_timeout_ms: ms(values.connect_s), statement_timeout_ms: ms(values.timeout_s), lock_timeout_ms: ms(values.lock_s), max_reads: Number(values.max_reads),
    notes: values.notes,
  };
  const optional = (text: string) => (text.trim() === "" ? null : text.trim());
  const { engine, dialect } = values;
  switch (engine) {
    case "sqlite":
      return { engine, path: values.path.trim(), ...shared };
    case "adbc":
      return {
        engine, driver: values.driver.trim(), entrypoint: optional(values.entrypoint), uri: values.uri.trim(), username: optional(values.username),
        options: optionsOf(values.options), dialect, ...shared,
      };
    case "odbc":
      return { engine, connection: values.connection.trim(), username: optional(values.username), dialect, ...shared };
    default:
      return {
        engine, host: values.host.trim(), port: values.port === "" ? null : Number(values.port), database: values.database.trim(), username: values.username.trim(),
        tls: values.tls, ca_certificate: values.tls === "verify" ? optional(values.ca_certificate) : null,
        client_certificate: values.tls === "disable" ? null : optional(values.client_certificate), ...shared,
      };
  }
}

function optionsOf(lines: string): Record<string, string> {
  const pairs = lines.split("\n").map((line) => line.trim()).filter((line) => line.includes("="));
  return Object.fromEntries(pairs.map((line) => [line.slice(0, line.indexOf("=")).trim(), line.slice(line.indexOf("=") + 1).trim()]));
}

/** The changes of the secrets; one that was to be replaced and got no text is kept. A key without its certificate is forgotten. */
export function secretChanges(values: Values): { password?: string | null; client_key?: string | null } {
  if (values.engine === "sqlite") return {};
  const isSaid = (change: SecretChange) => change !== undefined && change !== "";
  const showsCertificate = isServer(values.engine) && values.tls !== "disable" && values.client_certificate.trim() !== "";
  return {
    ...(isSaid(values.password) && { password: values.password }),
    ...(isServer(values.engine) && isSaid(values.client_key) && { client_key: showsCertificate ? values.client_key : null }),
  };
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
  const [old, spec] = [specOf(valuesOf(before)), specOf(values)];
  const patch = smallestPatch(old, spec, ["options"]);
  if (values.name.trim() !== before.name) patch.name = values.name.trim();
  const secrets = secretChanges(values);
  // The key of a certificate that is not shown any more.
  if (before.secrets.client_key?.set === true && old.client_certificate !== null && spec.client_certificate === null) secrets.client_key = null;
  if (Object.keys(secrets).length > 0) patch.secrets = secrets;
  return patch;
}

/** Whether a patch changes how the database is reached: then it is checked before it is saved. */
export function isReachedOtherwise(patch: Record<string, unknown>): boolean {
  return Object.keys(patch).some((field) => !["name", "notes", "connect_timeout_ms", "statement_timeout_ms", "lock_timeout_ms", "max_reads"].includes(field));
}

/** Whether the kept password would go to another place than it was given for. */
export function isMoved(values: Values, before: Database): boolean {
  const [old, now] = [specOf(valuesOf(before)), specOf(values)];
  return ["host", "port", "username", "driver", "entrypoint", "uri", "options", "connection"].some((field) => JSON.stringify(now[field]) !== JSON.stringify(old[field]));
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
  } else if (values.engine === "adbc") {
    needed("driver", values.driver, "Give the driver's name: adbc_driver_postgresql");
    needed("uri", values.uri, "Give the address in the driver's own words");
    const line = values.options.split("\n").find((one) => one.trim() !== "" && !/^\s*[^=\s][^=]*=/.test(one));
    if (line !== undefined) errors.options = `"${line.trim()}" is no option: write name=value`;
  } else if (values.engine === "odbc") {
    needed("connection", values.connection, "Give a data source (DSN=shop) or a driver (Driver={PostgreSQL Unicode};…)");
  } else {
    needed("host", values.host, "Give the host's name or address");
    needed("database", values.database, "Give the database on that server");
    needed("username", values.username, "Give the user that logs in");
  }
  const within = (field: string, value: number | string, least: number, most: number, message: string) => {
    if (value === "" || !(Number(value) >= least && Number(value) <= most)) errors[field] = message;
  };
  within("connect_s", values.connect_s, 0.1, 300, "Give 0.1 to 300 seconds");
  within("timeout_s", values.timeout_s, 0, 86_400, "Give seconds, at most a day; 0 is no limit");
  within("lock_s", values.lock_s, 0.001, 3_600, "Give more than 0 and at most 3600 seconds");
  within("max_reads", values.max_reads, 1, 64, "Give a number from 1 to 64");
  return errors;
}

const NAMES: Record<string, string> = { statement_timeout_ms: "timeout_s", connect_timeout_ms: "connect_s", lock_timeout_ms: "lock_s" };

/** The form's name of a field that the server names. */
export function formField(named: string | undefined): string | undefined {
  return named === undefined ? undefined : (NAMES[named] ?? named);
}

/** The same without the console. Secrets are variables of the shell, certificates files. */
export function recipesOf(values: Values, hasPassword: boolean, hasKey = false): Recipe[] {
  const name = values.name.trim() === "" ? "NAME" : values.name.trim();
  const body = newBody({ ...values, name, password: undefined, client_key: undefined });
  body.secrets = { ...(hasPassword && { password: new Variable("DATABASE_PASSWORD") }), ...(hasKey && { client_key: new Variable("DATABASE_CLIENT_KEY") }) };
  if (!hasPassword && !hasKey) delete body.secrets;
  const spec = given(specOf(values)) as Record<string, string | number | undefined>;
  const length = (ms: unknown, usual: number) => (ms === usual ? undefined : `${Number(ms) / 1_000}s`);
  const options = Object.entries(values.engine === "adbc" ? optionsOf(values.options) : {});
  const text = command(
    ["database", "create", name],
    [
      ...["engine", "path", "host", "port", "database", "driver", "entrypoint", "uri", "connection", "username"].map((field) => [field, spec[field]] as [string, string | number | undefined]),
      ...options.map(([option, value]): [string, string] => ["option", `${option}=${value}`]),
      ["dialect", spec.dialect === "standard" ? undefined : spec.dialect], ["tls", spec.tls === "prefer" ? undefined : spec.tls],
      ["ca-certificate", spec.ca_certificate === undefined ? undefined : "ca.pem"],
      ["client-certificate", spec.client_certificate === undefined ? undefined : "client.pem"], ["client-key", hasKey ? "client.key" : undefined],
      ["connect-timeout", length(spec.connect_timeout_ms, 10_000)], ["statement-timeout", length(spec.statement_timeout_ms, 300_000)],
      ["lock-timeout", length(spec.lock_timeout_ms, 10_000)], ["max-reads", spec.max_reads === 4 ? undefined : spec.max_reads], ["notes", values.notes],
    ],
    hasPassword ? 'TRIBUTARY_DATABASE_PASSWORD="$DATABASE_PASSWORD" ' : "",
  );
  return [
    { label: "curl", text: curl("POST", "/databases", body) },
    { label: "Command line", text },
  ];
}

function given(spec: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== null && value !== "" && JSON.stringify(value) !== "{}"));
}
