// A Kapacitor as the form holds it, and what the server is told of it. Pure.

import type { Connection } from "../../api/connections";
import type { Kapacitor } from "../../api/kapacitors";
import type { PastedKapacitor } from "../../lib/pasted";
import { command, curl, Variable } from "../../lib/recipes";
import { destination, tlsBody, type TlsValues, tlsValues } from "../../lib/tls";
import type { Recipe } from "../../ui/CopyAs";
import type { SecretChange } from "../../ui/SecretField";

export interface Values extends TlsValues {
  [field: string]: unknown;
  name: string;
  url: string;
  username: string;
  password: SecretChange;
  client_key: SecretChange;
  active: boolean;
  timeout_s: number | string;
  notes: string;
}

/** What "Add Kapacitor" begins with: the usual port on the machine of the connection. The first of a connection is the active one. */
export function blank(connection: Connection, others: number): Values {
  return {
    ...tlsValues(),
    name: others === 0 ? "My Kapacitor" : `My Kapacitor ${others + 1}`,
    url: besides(connection),
    username: "",
    password: undefined,
    client_key: undefined,
    active: others === 0,
    timeout_s: 30,
    notes: "",
  };
}

function besides(connection: Connection): string {
  if (connection.driver === "file" || !URL.canParse(connection.url)) return "http://localhost:9092";
  const { protocol, hostname } = new URL(connection.url);
  return `${protocol}//${hostname}:9092`;
}

/** The form as a pasted text says; what it does not say stays. */
export function valuesOfPasted(pasted: PastedKapacitor, current: Values): Values {
  return {
    ...current,
    name: pasted.name,
    url: placeOf(pasted),
    username: pasted.username ?? "",
    password: pasted.password,
    active: pasted.active ?? current.active,
    trust: pasted.skip_verify === true ? "anyone" : current.trust,
  };
}

/** What "Edit Kapacitor" begins with. */
export function valuesOf(kapacitor: Kapacitor): Values {
  return {
    ...tlsValues(kapacitor),
    name: kapacitor.name,
    url: placeOf(kapacitor),
    username: kapacitor.username ?? "",
    password: undefined,
    client_key: undefined,
    active: kapacitor.active,
    timeout_s: (kapacitor.timeout_ms ?? 30_000) / 1_000,
    notes: kapacitor.notes ?? "",
  };
}

/** Where it is, without the slash that stands for no path. */
export function placeOf({ url }: { url: string }): string {
  return url.replace(/^(\w+:\/\/[^/]+)\/$/, "$1");
}

function specOf(values: Values): Record<string, unknown> {
  return {
    url: values.url.trim(),
    username: values.username.trim() || null,
    timeout_ms: Math.round(Number(values.timeout_s) * 1_000),
    notes: values.notes,
    ...tlsBody(values, values.url),
  };
}

function secretChanges({ password, client_key }: Values): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries({ password, client_key }).filter((entry): entry is [string, string | null] => entry[1] !== undefined && entry[1] !== ""),
  );
}

/** The body that creates it. */
export function newBody(values: Values): Record<string, unknown> {
  const given = Object.fromEntries(Object.entries(specOf(values)).filter(([, value]) => value !== null));
  return { name: values.name.trim(), active: values.active, ...given, secrets: secretChanges(values) };
}

/** The patch that makes `before` what the form says; empty when nothing changed. */
export function patchOf(values: Values, before: Kapacitor): Record<string, unknown> {
  const old = specOf(valuesOf(before));
  const patch: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(specOf(values))) {
    if (JSON.stringify(value) !== JSON.stringify(old[field])) patch[field] = value;
  }
  if (values.name.trim() !== before.name) patch.name = values.name.trim();
  if (values.active !== before.active) patch.active = values.active;
  const secrets = secretChanges(values);
  if (Object.keys(secrets).length > 0) patch.secrets = secrets;
  return patch;
}

/** Whether the kept secrets would go to another place than they were given for. */
export function isMoved(values: Values, before: Kapacitor): boolean {
  return destination(values.url, values.username) !== destination(before.url, before.username ?? "");
}

/** What can be told without asking the server: a message for each field that is missing. */
export function missing(values: Values): Record<string, string> {
  const errors: Record<string, string> = {};
  if (values.name.trim() === "") errors.name = "Give it a name";
  if (!/^https?:\/\/[^\s/]+/i.test(values.url.trim())) errors.url = "Give the address as http://host:port or https://host:port";
  const limit = Number(values.timeout_s);
  if (!(limit > 0 && limit <= 3_600)) errors.timeout_s = "Give a number up to 3,600";
  return errors;
}

/** As it stands in the form, for a script or for git. */
export function recipesOf(values: Values, connection: Connection, before?: Kapacitor): Recipe[] {
  const name = values.name.trim() || "NAME";
  const hasPassword = values.password ? true : values.password === undefined && before?.secrets.password?.set === true;
  const secrets = hasPassword ? { password: new Variable("KAPACITOR_PASSWORD") } : {};
  const text = command(
    ["kapacitor", "create", name],
    [
      ["connection", connection.name],
      ["url", values.url.trim()],
      ["username", values.username.trim()],
      ["timeout", Number(values.timeout_s) === 30 ? undefined : `${Number(values.timeout_s)}s`],
      ["pin", values.trust === "pin" ? values.pinned_sha256 : undefined],
      ["ca-certificate", values.trust === "ca" ? "ca.pem" : undefined],
      ["notes", values.notes],
    ],
    hasPassword ? 'TRIBUTARY_KAPACITOR_SECRET="$KAPACITOR_PASSWORD" ' : "",
  );
  const flags = [values.trust === "anyone" ? "--insecure-skip-verify" : "", values.active ? "--active" : ""].filter((flag) => flag !== "");
  const file = {
    id: String(before?.number ?? 10_000),
    srcID: String(connection.number ?? 10_000),
    name,
    url: values.url.trim(),
    username: values.username.trim() || undefined,
    password: hasPassword ? "{{ .KAPACITOR_PASSWORD }}" : undefined,
    insecureSkipVerify: values.trust === "anyone",
    active: values.active,
  };
  return [
    { label: "curl", text: curl("POST", `/connections/${connection.id}/kapacitors`, { ...newBody({ ...values, name }), secrets }) },
    { label: "Command line", text: [text, ...flags].join(" ") },
    { label: "File", text: `${JSON.stringify(file, undefined, 2)}\n` },
  ];
}
