// A connection as the form holds it, and what the server is told of it. Pure.

import type { Connection, Driver, Edition } from "../../api/connections";
import type { Schemas } from "../../api/client";
import { destination, tlsBody, type TlsValues, tlsValues } from "../../lib/tls";
import type { SecretChange } from "../../ui/SecretField";

export const SECRETS = ["password", "shared_secret", "token", "management_token", "client_key"] as const;
export type Secret = (typeof SECRETS)[number];

/** The fields of the form; what is blank is not given. Those of other drivers stay as they are and are not sent. */
export interface Values extends TlsValues, Record<Secret, SecretChange> {
  [field: string]: unknown;
  name: string;
  driver: Driver;
  url: string;
  database: string;
  username: string;
  retention_policy: string;
  v1_edition: Schemas["V1Edition"];
  meta_url: string;
  organization: string;
  bucket: string;
  edition: Edition;
  cluster_id: string;
  account_id: string;
  folder: string;
  telegraf_database: string;
  default: boolean;
  timeout_s: number | string;
  gzip: Schemas["Gzip"];
  batch_lines: number | string;
  in_flight: number | string;
  notes: string;
}

/** Where each InfluxDB listens when nobody says otherwise. */
export const PREFILLED_URL: Record<Driver, string> = {
  v1: "http://localhost:8086",
  v2: "http://localhost:8086",
  v3: "http://localhost:8181",
  file: "",
};

const NO_SECRETS = { password: undefined, shared_secret: undefined, token: undefined, management_token: undefined, client_key: undefined };

/** What "Add connection" begins with. */
export function blank(): Values {
  return {
    ...NO_SECRETS,
    ...tlsValues(),
    name: "",
    driver: "v1",
    url: PREFILLED_URL.v1,
    database: "telegraf",
    username: "",
    retention_policy: "",
    v1_edition: "oss",
    meta_url: "",
    organization: "",
    bucket: "",
    edition: "core",
    cluster_id: "",
    account_id: "",
    folder: "",
    telegraf_database: "telegraf",
    default: true,
    timeout_s: 30,
    gzip: "auto",
    batch_lines: 10_000,
    in_flight: 4,
    notes: "",
  };
}

/** The same for another driver: an address that nobody touched becomes the usual one. */
export function withDriver(values: Values, driver: Driver): Partial<Values> {
  const untouched = Object.values(PREFILLED_URL).includes(values.url.trim());
  return { driver, ...(untouched && driver !== "file" ? { url: PREFILLED_URL[driver] } : {}) };
}

/** What "Edit connection" begins with. */
export function valuesOf(connection: Connection): Values {
  const values: Values = {
    ...blank(),
    ...tlsValues(connection),
    name: connection.name,
    driver: connection.driver,
    telegraf_database: connection.telegraf_database ?? "",
    default: connection.default,
    timeout_s: (connection.timeout_ms ?? 30_000) / 1_000,
    gzip: connection.gzip ?? "auto",
    batch_lines: connection.batch_lines ?? 10_000,
    in_flight: connection.in_flight ?? 4,
    notes: connection.notes ?? "",
  };
  switch (connection.driver) {
    case "v1":
      return {
        ...values,
        url: connection.url,
        database: connection.database,
        username: connection.username ?? "",
        retention_policy: connection.retention_policy ?? "",
        v1_edition: connection.edition ?? "oss",
        meta_url: connection.meta_url ?? "",
      };
    case "v2":
      return { ...values, url: connection.url, organization: connection.organization, bucket: connection.bucket };
    case "v3":
      return {
        ...values,
        url: connection.url,
        database: connection.database,
        edition: connection.edition ?? "core",
        cluster_id: connection.cluster_id ?? "",
        account_id: connection.account_id ?? "",
      };
    case "file":
      return { ...values, folder: connection.folder };
  }
}

/** Which secrets a driver has, the one that it logs in with first. */
export function secretsOf(values: Pick<Values, "driver" | "edition">): Secret[] {
  switch (values.driver) {
    case "v1":
      return ["password", "shared_secret", "client_key"];
    case "v2":
      return ["token", "client_key"];
    case "v3":
      return isManaged(values.edition) ? ["token", "management_token", "client_key"] : ["token", "client_key"];
    case "file":
      return [];
  }
}

/** Whether an account's management API stands beside the database. */
export function isManaged(edition: Edition): boolean {
  return edition === "clustered" || edition === "cloud_dedicated";
}

/** Everything that the driver knows; what is not given is null. */
export function specOf(values: Values): Record<string, unknown> {
  const text = (value: string) => (value.trim() === "" ? null : value.trim());
  const shared = {
    timeout_ms: Math.round(Number(values.timeout_s) * 1_000),
    gzip: values.gzip,
    batch_lines: Number(values.batch_lines),
    in_flight: Number(values.in_flight),
    notes: values.notes,
  };
  const reached = { url: values.url.trim(), telegraf_database: text(values.telegraf_database), ...tlsBody(values, values.url) };
  switch (values.driver) {
    case "v1":
      return {
        ...shared,
        ...reached,
        database: values.database.trim(),
        username: text(values.username),
        retention_policy: text(values.retention_policy),
        edition: values.v1_edition,
        meta_url: values.v1_edition === "enterprise" ? text(values.meta_url) : null,
      };
    case "v2":
      return { ...shared, ...reached, organization: values.organization.trim(), bucket: values.bucket.trim() };
    case "v3":
      return {
        ...shared,
        ...reached,
        database: values.database.trim(),
        edition: values.edition,
        cluster_id: isManaged(values.edition) ? text(values.cluster_id) : null,
        account_id: isManaged(values.edition) ? text(values.account_id) : null,
      };
    case "file":
      return { ...shared, folder: values.folder.trim() };
  }
}

/** The changes of the secrets that the driver has; one that was to be replaced and got no text is kept. */
export function secretChanges(values: Values): Partial<Record<Secret, string | null>> {
  const changes: Partial<Record<Secret, string | null>> = {};
  for (const secret of secretsOf(values)) {
    const change = values[secret];
    if (change !== undefined && change !== "") changes[secret] = change;
  }
  return changes;
}

/** The body that creates it. */
export function newBody(values: Values): Record<string, unknown> {
  const given = Object.fromEntries(Object.entries(specOf(values)).filter(([, value]) => value !== null));
  return { name: values.name.trim(), driver: values.driver, default: values.default, ...given, secrets: secretChanges(values) };
}

/** The body that checks it unsaved; kept secrets are used where nothing else is given and the place is the same. */
export function checkBody(values: Values, before: Connection | undefined): Record<string, unknown> {
  const given = Object.fromEntries(Object.entries(specOf(values)).filter(([, value]) => value !== null));
  return { driver: values.driver, ...given, secrets: secretChanges(values), ...(before ? { replaces: before.id } : {}) };
}

/** The patch that makes `before` what the form says; empty when nothing changed. */
export function patchOf(values: Values, before: Connection): Record<string, unknown> {
  const old = specOf(valuesOf(before));
  const patch: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(specOf(values))) {
    if (JSON.stringify(value) !== JSON.stringify(old[field])) patch[field] = value;
  }
  if (values.name.trim() !== before.name) patch.name = values.name.trim();
  if (values.default && !before.default) patch.default = true;
  const secrets = secretChanges(values);
  if (Object.keys(secrets).length > 0) patch.secrets = secrets;
  return patch;
}

/** Whether the kept secrets would go to another place than they were given for. */
export function isMoved(values: Values, before: Connection): boolean {
  const old = valuesOf(before);
  return destination(values.url, values.driver === "v1" ? values.username : "") !== destination(old.url, old.username);
}

/** What can be told without asking the server: a message for each field that is missing. */
export function missing(values: Values): Record<string, string> {
  const errors: Record<string, string> = {};
  const needed = (field: string, value: string, message: string) => {
    if (value.trim() === "") errors[field] = message;
  };
  needed("name", values.name, "Give it a name");
  if (values.driver === "file") {
    needed("folder", values.folder, "Give the folder, from the root: /var/lib/lines");
    return errors;
  }
  if (!/^https?:\/\/[^\s/]+/i.test(values.url.trim())) errors.url = "Give the address as http://host:port or https://host:port";
  if (values.driver === "v2") {
    needed("organization", values.organization, "Give InfluxDB's organization, by name or id");
    needed("bucket", values.bucket, "Give the bucket that is written to");
  } else {
    needed("database", values.database, "Give the database that is written to");
  }
  for (const [field, most] of [["timeout_s", 3_600], ["batch_lines", 50_000], ["in_flight", 64]] as const) {
    const number = Number(values[field]);
    if (!(number > 0 && number <= most)) errors[field] = `Give a number up to ${most.toLocaleString("en")}`;
  }
  return errors;
}

/** The form's name of a field that the server names. */
export function formField(named: string | undefined, driver: Driver): string | undefined {
  if (named === "timeout_ms") return "timeout_s";
  return named === "edition" && driver === "v1" ? "v1_edition" : named;
}
