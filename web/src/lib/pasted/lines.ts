// Lines of an environment: `INFLUX_HOST=…` with or without `export`, quotes and comments.
//
// Whose names become what: those of the `influx` command v2 (v3 with a database, v1 with a user and no token), of `influxdb3` v3, of
// Chronograf as Chronograf has it, of the container images v1 and v2.

import { type Assignment, assignments } from "./assignments";
import { addTo, type Draft, draftOf } from "./draft";
import { type Found, nothing, unknownVariable, Unreadable, type Variables } from "./found";
import { timeLimit } from "./length";
import { type Api, type Location, readLocation } from "./location";

/** Under which names a family keeps what. */
interface Names {
  url?: string[];
  port?: string[];
  token?: string[];
  organization?: string[];
  bucket?: string[];
  database?: string[];
  username?: string[];
  password?: string[];
  skipVerify?: string[];
  path?: string[];
}

export function isLines(text: string): boolean {
  return assignments(text, new Map()).length > 0;
}

export function readLines(text: string, variables: Variables): Found {
  const found = nothing();
  const lines = new Lines(assignments(text, variables), found);
  const drafts: Draft[] = [];
  for (const family of [v3Command, client, python, chronograf, containerV1, containerV2, kapacitor]) {
    try {
      const draft = family(lines);
      if (draft) drafts.push(draft);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      found.broken.push(error.asRemark());
    }
  }
  for (const draft of drafts) addTo(found, draft);
  const unused = [...new Set(lines.all.filter(({ used }) => !used).map(({ name }) => `\`${name}\``))].sort();
  if (unused.length > 0) found.remarks.push({ text: `ignored: ${unused.join(", ")}` });
  if (found.connections.length === 0 && found.kapacitors.length === 0) {
    const [first] = found.broken;
    throw first ? new Unreadable(first.text, first) : new Unreadable("no line says where a server is or what is written to");
  }
  return found;
}

function v3Command(lines: Lines): Draft | undefined {
  return lines.family("v3", "http://localhost:8181", {
    url: ["INFLUXDB3_HOST_URL"],
    token: ["INFLUXDB3_AUTH_TOKEN"],
    database: ["INFLUXDB3_DATABASE_NAME"],
    skipVerify: ["INFLUXDB3_TLS_NO_VERIFY"],
    path: ["INFLUXDB3_TLS_CA"],
  });
}

function client(lines: Lines): Draft | undefined {
  const names = {
    url: ["INFLUX_HOST", "INFLUX_URL"],
    port: ["INFLUX_PORT"],
    token: ["INFLUX_TOKEN"],
    organization: ["INFLUX_ORG", "INFLUX_ORG_NAME", "INFLUX_ORG_ID", "INFLUX_ORGANIZATION"],
    bucket: ["INFLUX_BUCKET", "INFLUX_BUCKET_NAME", "INFLUX_BUCKET_ID"],
    database: ["INFLUX_DATABASE", "INFLUX_DB"],
    username: ["INFLUX_USERNAME", "INFLUX_USER"],
    password: ["INFLUX_PASSWORD"],
    skipVerify: ["INFLUX_SKIP_VERIFY"],
  };
  const isV2 = lines.has(names.organization) || lines.has(names.bucket);
  const api = isV2 ? "v2" : !lines.has(names.token) ? "v1" : lines.has(names.database) ? "v3" : "v2";
  return lines.family(api, api === "v3" ? "http://localhost:8181" : "http://localhost:8086", names);
}

function python(lines: Lines): Draft | undefined {
  const verify = lines.take(["INFLUXDB_V2_VERIFY_SSL"]);
  const timeout = Number(lines.take(["INFLUXDB_V2_TIMEOUT"])?.value ?? Number.NaN);
  const draft = lines.family("v2", "http://localhost:8086", {
    url: ["INFLUXDB_V2_URL"],
    token: ["INFLUXDB_V2_TOKEN"],
    organization: ["INFLUXDB_V2_ORG"],
    bucket: ["INFLUXDB_V2_BUCKET"],
    path: ["INFLUXDB_V2_SSL_CA_CERT", "INFLUXDB_V2_CERT_FILE", "INFLUXDB_V2_CERT_KEY_FILE"],
  });
  if (draft && verify && !truth(verify.value)) draft.skip_verify = true;
  if (draft && Number.isInteger(timeout)) draft.timeout_ms = timeLimit(timeout).ms;
  return draft;
}

/** Chronograf: v2 only when both organization and token are set, else v1 (`chronograf --help`). */
function chronograf(lines: Lines): Draft | undefined {
  const names = {
    url: ["INFLUXDB_URL"],
    token: ["INFLUXDB_TOKEN"],
    organization: ["INFLUXDB_ORG", "INFLUXDB_ORGANIZATION"],
    bucket: ["INFLUXDB_BUCKET"],
    database: ["INFLUXDB_DATABASE", "INFLUXDB_DEFAULT_DB"],
    username: ["INFLUXDB_USERNAME"],
    password: ["INFLUXDB_PASSWORD"],
  };
  const isV3 = lines.take(["INFLUXDB_TYPE"])?.value.trim().toLowerCase().startsWith("influx-v3") === true;
  const named = lines.has(names.organization) || lines.has(names.bucket);
  const api = isV3 ? "v3" : !lines.has(names.token) ? "v1" : named ? "v2" : lines.has(names.database) ? "v3" : "v2";
  // `INFLUXDB_DB` belongs to the container image too, which has no URL.
  const database = lines.has(names.url) ? lines.take(["INFLUXDB_DB"])?.value : undefined;
  const draft = lines.family(api, "http://localhost:8086", names);
  if (draft) draft.database ??= database;
  return draft;
}

function containerV1(lines: Lines): Draft | undefined {
  // Who may write comes before who may do everything.
  const pairs: [string, string][] = [
    ["INFLUXDB_WRITE_USER", "INFLUXDB_WRITE_USER_PASSWORD"],
    ["INFLUXDB_USER", "INFLUXDB_USER_PASSWORD"],
    ["INFLUXDB_USER", "INFLUXDB_PASSWORD"],
    ["INFLUXDB_ADMIN_USER", "INFLUXDB_ADMIN_PASSWORD"],
  ];
  const pair = pairs.find(([user, password]) => lines.has([user]) && lines.has([password]));
  const password = pair && lines.take([pair[1]])?.value;
  const draft = lines.family("v1", "http://localhost:8086", {
    url: ["INFLUXDB_HOST"],
    port: ["INFLUXDB_PORT"],
    database: ["INFLUXDB_DB"],
    username: ["INFLUXDB_WRITE_USER", "INFLUXDB_USER", "INFLUXDB_ADMIN_USER"],
  });
  for (const rest of ["USER", "ADMIN_USER", "ADMIN_PASSWORD", "USER_PASSWORD", "READ_USER", "READ_USER_PASSWORD", "HTTP_AUTH_ENABLED"]) {
    lines.take([`INFLUXDB_${rest}`]);
  }
  if (draft) draft.password = password;
  return draft;
}

function containerV2(lines: Lines): Draft | undefined {
  const draft = lines.family("v2", "http://localhost:8086", {
    token: ["DOCKER_INFLUXDB_INIT_ADMIN_TOKEN"],
    organization: ["DOCKER_INFLUXDB_INIT_ORG"],
    bucket: ["DOCKER_INFLUXDB_INIT_BUCKET"],
  });
  for (const rest of ["MODE", "USERNAME", "PASSWORD", "RETENTION", "USERNAME_FILE", "PASSWORD_FILE"]) {
    lines.take([`DOCKER_INFLUXDB_INIT_${rest}`]);
  }
  const inFile = lines.take(["DOCKER_INFLUXDB_INIT_ADMIN_TOKEN_FILE"]);
  if (inFile) lines.found.remarks.push({ line: inFile.line, text: "the token is in a file of the container: give it to the connection" });
  return draft;
}

function kapacitor(lines: Lines): Draft | undefined {
  return lines.family("kapacitor", "http://localhost:9092", {
    url: ["KAPACITOR_URL"],
    username: ["KAPACITOR_USERNAME"],
    password: ["KAPACITOR_PASSWORD"],
    skipVerify: ["KAPACITOR_UNSAFE_SSL"],
  });
}

class Lines {
  readonly all: Assignment[];
  readonly found: Found;

  constructor(all: Assignment[], found: Found) {
    this.all = all;
    this.found = found;
  }

  has(names: string[] = []): boolean {
    return this.all.some(({ used, name }) => !used && names.includes(name));
  }

  /** The value of the first of these names that is there. The last line of a name counts, as in a shell. */
  take(names: string[] = []): { value: string; line: number } | undefined {
    const name = names.find((one) => this.has([one]));
    const same = this.all.filter((line) => name !== undefined && line.name === name);
    for (const line of same) line.used = true;
    const last = same[same.length - 1];
    return last && last.value.trim() !== "" ? { value: last.value, line: last.line } : undefined;
  }

  /** The same, with a remark when the value is a variable that nobody knows. */
  value(names: string[] = []): string | undefined {
    const lost = this.all.findLast(({ used, name, missing }) => !used && names.includes(name) && missing !== undefined);
    if (lost?.missing === undefined) return this.take(names)?.value;
    this.found.remarks.push({ line: lost.line, text: `\`${lost.name}\` ${unknownVariable(lost.missing)}: it is left out` });
    this.take(names);
    return undefined;
  }

  family(api: Api, usual: string, names: Names): Draft | undefined {
    const telling = [names.url, names.token, names.organization, names.bucket, names.database, names.username];
    if (!telling.some((one) => this.has(one))) return undefined;
    const first = this.all.find(({ used, name }) => !used && telling.some((one) => one?.includes(name)))?.line;
    const port = this.take(names.port)?.value;
    const at = this.all.findLast(({ used, name }) => !used && names.url?.includes(name));
    const line = at?.line ?? first;
    if (at?.missing !== undefined) {
      this.take(names.url);
      throw new Unreadable(unknownVariable(at.missing), { line, field: at.name });
    }
    const taken = this.take(names.url)?.value;
    if (taken === undefined) this.found.remarks.push({ line, text: `no URL is named: ${usual} is assumed` });
    const draft = draftOf(locationOf(taken ?? usual, port ?? (api === "kapacitor" ? "9092" : "8086"), line, at?.name), line, this.found);
    draft.api = api;
    draft.token = this.value(names.token);
    draft.organization = this.value(names.organization) ?? draft.organization;
    draft.bucket = this.value(names.bucket) ?? draft.bucket;
    draft.database = this.value(names.database) ?? draft.database;
    draft.username = this.value(names.username) ?? draft.username;
    draft.password = this.value(names.password) ?? draft.password;
    draft.skip_verify = truth(this.take(names.skipVerify)?.value ?? "");
    const path = this.take(names.path);
    if (path) {
      this.found.remarks.push({ line: path.line, text: "a certificate is a file on another machine: give what is in it to the connection" });
    }
    return draft;
  }
}

function locationOf(url: string, port: string, line: number | undefined, field: string | undefined): Location {
  for (const text of [url, ...(url.includes("://") ? [] : [`${url.trim()}:${port}`])]) {
    try {
      return readLocation(text);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
    }
  }
  try {
    return readLocation(url);
  } catch (error) {
    throw error instanceof Unreadable ? new Unreadable(error.message, { line, field, isSql: error.isSql }) : error;
  }
}

function truth(text: string): boolean {
  return ["1", "true", "yes", "on", "t", "y"].includes(text.trim().toLowerCase());
}
