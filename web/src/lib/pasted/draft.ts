// A connection in the making: what a text says, gathered, until it is known which driver it is for.

import { type Found, type PastedConnection, tidyName } from "./found";
import { type Api, type Location, parameter } from "./location";

/** The database or bucket that is assumed where a text names none. */
const ASSUMED = "telegraf";

/** The parameters of API calls that are read, or that say how one call is made. */
const PARAMETERS = [
  "db", "database", "rp", "u", "p", "org", "orgID", "orgId", "bucket", "precision", "q", "epoch", "pretty", "consistency", "chunked",
  "chunk_size", "accept_partial", "no_sync", "format", "params", "type",
];

/** What is known so far. A blank text is the same as none. */
export interface Draft {
  line: number | undefined;
  url: URL;
  api: Api | undefined;
  name?: string | undefined;
  database?: string | undefined;
  retention_policy?: string | undefined;
  organization?: string | undefined;
  bucket?: string | undefined;
  username?: string | undefined;
  password?: string | undefined;
  token?: string | undefined;
  timeout_ms?: number | undefined;
  skip_verify?: boolean | undefined;
  gzip?: "on" | "off" | undefined;
  default?: boolean | undefined;
}

/** What a URL says: login, database and the like in it. */
export function draftOf(location: Location, line: number | undefined, found: Found): Draft {
  const say = (text: string) => found.remarks.push({ line, text });
  location.notes.forEach(say);
  if (location.query.some(([key]) => !PARAMETERS.includes(key))) {
    say("the URL has parameters that say nothing about a connection: they are ignored");
  }
  const hasLogin = location.username !== undefined || location.password !== undefined;
  if (hasLogin && parameter(location, ["u", "p"]) !== undefined) say("the URL has two logins: the one before the host is taken");
  return {
    line,
    url: location.url,
    api: location.api,
    database: parameter(location, ["db", "database"]),
    retention_policy: parameter(location, ["rp"]),
    organization: parameter(location, ["org", "orgID", "orgId"]),
    bucket: parameter(location, ["bucket"]),
    username: location.username ?? (hasLogin ? undefined : parameter(location, ["u"])),
    password: location.password ?? (hasLogin ? undefined : parameter(location, ["p"])),
  };
}

/** Decides on the driver and adds the connection (or Kapacitor) to what was found, with remarks on what had to be assumed. */
export function addTo(found: Found, draft: Draft): void {
  clean(draft);
  const say = (text: string) => void found.remarks.push({ line: draft.line, text });
  const api = decide(draft, say);
  const url = draft.url.href;
  const own = tidyName(draft.name ?? "");
  if (api === "kapacitor") {
    const name = own || tidyName(`Kapacitor ${placeOf(draft.url)}`);
    found.kapacitors.push(defined({ name, url, username: draft.username, password: draft.password, skip_verify: draft.skip_verify || undefined }));
    return;
  }
  const assumed = () => {
    say("no database is named: `telegraf` is assumed");
    return ASSUMED;
  };
  let target: Omit<PastedConnection, "name" | "url">;
  if (api === "v2") {
    tokenOfPassword(draft, say);
    if (draft.bucket === undefined) say("no bucket is named: `telegraf` is assumed");
    if (draft.organization === undefined) say("no InfluxDB organization is named: it must be given before the connection can be used");
    target = { driver: "v2", organization: draft.organization ?? "", bucket: draft.bucket ?? ASSUMED, token: draft.token };
  } else if (api === "v3") {
    tokenOfPassword(draft, say);
    target = { driver: "v3", database: draft.database ?? draft.bucket ?? assumed(), edition: editionOf(draft.url), token: draft.token };
  } else {
    const { username, password, retention_policy } = draft;
    target = { driver: "v1", database: draft.database ?? assumed(), username, retention_policy, password };
  }
  const name = own || tidyName(`${placeOf(draft.url)} ${target.bucket ?? target.database}`);
  const { timeout_ms, gzip } = draft;
  found.connections.push(
    defined({ name, url, ...target, timeout_ms, gzip, skip_verify: draft.skip_verify || undefined, default: draft.default || undefined }),
  );
}

/** The same without what is not there. */
export function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}

function clean(draft: Draft): void {
  for (const field of ["name", "database", "retention_policy", "organization", "bucket", "username"] as const) {
    draft[field] = draft[field]?.trim() || undefined;
  }
  draft.password ||= undefined;
  draft.token ||= undefined;
}

/** Which product it is for, from what the text says; settles what only one of them understands. */
function decide(draft: Draft, say: (text: string) => void): Api {
  const { api, url, token } = draft;
  if (api === "kapacitor" || (api === undefined && url.port === "9092")) return "kapacitor";
  const namesV2 = draft.organization !== undefined || draft.bucket !== undefined;
  if (token?.startsWith("apiv3_")) return "v3";
  // InfluxDB 1.8 takes `user:password` as the token of its 2.0-compatible API, and `database/policy` as the bucket.
  if (token?.includes(":") && draft.organization === undefined && api !== "v3") {
    say("the token is a user and password: this is the 2.0-compatible API of an InfluxDB 1, kept as a v1 connection");
    draft.username = token.slice(0, token.indexOf(":"));
    draft.password = token.slice(token.indexOf(":") + 1);
    draft.token = undefined;
    const [, database, policy] = /^([^/]*)\/?(.*)$/s.exec(draft.bucket ?? "") ?? [];
    if (draft.bucket !== undefined) [draft.database, draft.retention_policy] = [database, policy || undefined];
    return "v1";
  }
  if (api === "v2" && draft.organization === undefined && url.port === "8181") {
    say("port 8181 and no organization: taken for an InfluxDB 3, whose databases are its buckets");
    return "v3";
  }
  if ((api === "v1" || api === undefined) && namesV2) return "v2";
  if (api === "v1" && token !== undefined) {
    say("a token at the path of InfluxDB 1: taken for an InfluxDB 2 that answers there; its bucket is taken to be called as the database");
    if (draft.database !== undefined) draft.bucket = [draft.database, draft.retention_policy].filter(Boolean).join("/");
    return "v2";
  }
  return api ?? guess(draft, say);
}

/** The product, when nothing but the address and perhaps a login is known. */
function guess({ url, username, token, database }: Draft, say: (text: string) => void): Api {
  if (url.hostname.endsWith(".influxdb.io")) return "v3";
  if (url.hostname.endsWith(".influxdata.com") && username === undefined) return "v2";
  if (url.port === "8181" && username === undefined) {
    say("taken for an InfluxDB 3 because of its port");
    return "v3";
  }
  if (token === undefined) return "v1";
  return database === undefined ? "v2" : "v3";
}

/** InfluxDB 2 and 3 take the token as the password of any user where a client has no other way. */
function tokenOfPassword(draft: Draft, say: (text: string) => void): void {
  if (draft.token !== undefined || draft.password === undefined) return;
  say("the password of the login is taken as the token");
  draft.token = draft.password;
}

function editionOf(url: URL): NonNullable<PastedConnection["edition"]> {
  if (url.hostname.endsWith(".influxdb.io")) return "cloud_dedicated";
  return url.hostname.endsWith(".influxdata.com") ? "cloud_serverless" : "core";
}

/** The host, with the port where it is not the usual one. */
function placeOf(url: URL): string {
  return url.port === "" || ["8086", "8181", "9092"].includes(url.port) ? url.hostname : `${url.hostname}:${url.port}`;
}
