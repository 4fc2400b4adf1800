// Telegraf's outputs to InfluxDB: `[[outputs.influxdb]]`, `[[outputs.influxdb_v2]]` and `[[outputs.influxdb_v3]]` (the `sample.conf` of each
// plugin). Everything else of the file is passed over in silence.

import { addTo, draftOf } from "./draft";
import { type Found, nothing, type Remark, unknownVariable, Unreadable, type Variables } from "./found";
import { millis, timeLimit } from "./length";
import { type Api, type Location, readLocation } from "./location";
import { plainName } from "./shell";
import { headingOf, parseToml, type Section, sectionsOf, Table, type Toml } from "./toml";

const PLUGINS: Record<string, Api> = { influxdb: "v1", influxdb_v2: "v2", influxdb_v3: "v3" };

/** Read below, or of no account to who writes where. */
const KNOWN = `urls url database username password retention_policy timeout insecure_skip_verify tls_ca tls_cert tls_key ssl_ca ssl_cert ssl_key
  alias token organization bucket database_tag bucket_tag retention_policy_tag http_headers http_proxy content_encoding user_agent
  skip_database_creation precision exclude_database_tag exclude_bucket_tag exclude_retention_policy_tag influx_uint_support
  write_consistency udp_payload log_level`.split(/\s+/);

export function isTelegraf(text: string): boolean {
  return text.split("\n").some((line) => headingOf(line)?.startsWith("outputs.influxdb"));
}

/** One connection for each URL of each output. */
export function readTelegraf(text: string, variables: Variables): Found {
  const found = nothing();
  for (const { section, api, table } of outputsOf(text, found)) {
    try {
      output(new Table(table, section.lines, section.line), api, variables, found);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      found.broken.push(error.asRemark());
    }
  }
  if (found.connections.length === 0 && found.broken.length === 0 && found.remarks.length === 0) {
    throw new Unreadable("holds no output to InfluxDB: `[[outputs.influxdb]]`, `[[outputs.influxdb_v2]]` or `[[outputs.influxdb_v3]]`");
  }
  return found;
}

interface Output {
  section: Section;
  api: Api;
  table: Toml;
}

/** Each output with the tables below it, read for itself: some other plugin may be at fault, or one of several outputs. */
function outputsOf(text: string, found: Found): Output[] {
  const outputs: Output[] = [];
  const begun: { section: Section; api: Api; plugin: string }[] = [];
  for (const section of sectionsOf(text)) {
    const [, plugin = "", below = ""] = /^outputs\.(\w+)(\..*)?$/.exec(section.heading) ?? [];
    const api = PLUGINS[plugin];
    const last = begun[begun.length - 1];
    if (api === undefined) continue;
    if (below === "") begun.push({ section: { ...section, lines: [...section.lines] }, api, plugin });
    else if (last?.plugin === plugin) last.section.lines.push(...section.lines);
  }
  for (const { section, api, plugin } of begun) {
    try {
      const read = parseToml(section.lines.join("\n"), section.line - 1) as { outputs?: Record<string, Toml | Toml[]> };
      for (const table of [read.outputs?.[plugin] ?? []].flat()) outputs.push({ section, api, table });
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      found.broken.push(error.asRemark());
    }
  }
  return outputs;
}

function output(table: Table, api: Api, variables: Variables, found: Found): void {
  const remarks: Remark[] = [];
  const say = (key: string, text: string) => remarks.push({ line: table.lineOf(key), text });
  const filled = (key: string, text: string) => fill(text, variables, (reason) => table.broken(key, reason));
  const text = (key: string) => {
    const value = table.text(key);
    return value === undefined ? undefined : filled(key, value);
  };
  const secret = (key: string) => {
    if (table.text(key)?.includes("@{") !== true) return text(key);
    say(key, `\`${key}\` is in one of Telegraf's secret stores, which cannot be read from here: give it to the connection`);
    return undefined;
  };
  const [username, password, token] = [secret("username"), secret("password"), secret("token")];
  const [database, retention_policy] = [text("database"), text("retention_policy")];
  const [organization, bucket, name] = [text("organization"), text("bucket"), text("alias")];
  const skip_verify = table.truth("insecure_skip_verify") ?? false;
  const timeout_ms = timeoutOf(table, filled, say);
  const gzip = gzipOf(table, text("content_encoding"));
  for (const key of ["ssl_ca", "tls_ca", "ssl_cert", "tls_cert", "ssl_key", "tls_key"]) {
    if (table.has(key)) say(key, `\`${key}\` is a path on Telegraf's machine: give what is in that file to the connection`);
  }
  for (const key of ["database_tag", "bucket_tag", "retention_policy_tag"]) {
    if ((table.text(key) ?? "") !== "") say(key, `\`${key}\` chooses by a tag, which a connection does not: one for each is needed`);
  }
  for (const key of ["http_headers", "http_proxy"]) {
    if (table.has(key)) say(key, `\`${key}\` has no counterpart here: the connection comes without it`);
  }
  remarks.push(...table.ignored(KNOWN));

  const taken: { location: Location; line: number | undefined }[] = [];
  const urls = ["urls", "url"].flatMap((key) => table.texts(key).map((url) => ({ key, url: filled(key, url) })));
  if (urls.length === 0) {
    const usual = api === "v3" ? "http://localhost:8181" : "http://localhost:8086";
    remarks.push({ line: table.line, text: `no URL is named: Telegraf's own default, ${usual}, is taken` });
    urls.push({ key: "urls", url: usual });
  }
  for (const { key, url } of urls) {
    const line = table.lineOf(key);
    if (/^(?!https?:)\w+:\/\//i.test(url.trim())) remarks.push({ line, text: "a URL that is neither http nor https is left out" });
    else taken.push({ location: located(table, key, url), line });
  }
  found.remarks.push(...remarks);
  for (const { location, line } of taken) {
    const ownLogin = (location.username !== undefined || location.password !== undefined) && username === undefined;
    const draft = draftOf(location, line, found);
    if (!ownLogin) Object.assign(draft, { username, password });
    draft.database = database ?? draft.database;
    draft.retention_policy = retention_policy ?? draft.retention_policy;
    draft.organization = organization ?? draft.organization;
    draft.bucket = bucket ?? draft.bucket;
    addTo(found, { ...draft, api, token, name, skip_verify, timeout_ms, gzip });
  }
}

function located(table: Table, key: string, url: string): Location {
  try {
    return readLocation(url);
  } catch (error) {
    throw error instanceof Unreadable ? table.broken(key, error.message) : error;
  }
}

function gzipOf(table: Table, encoding: string | undefined): "on" | "off" | undefined {
  if (encoding === undefined) return undefined;
  if (encoding === "gzip") return "on";
  if (["identity", "none", ""].includes(encoding)) return "off";
  throw table.broken("content_encoding", "must be `gzip` or `identity`");
}

/** The time limit of a request: a Go duration, or a number of seconds. */
function timeoutOf(table: Table, filled: (key: string, text: string) => string, say: (key: string, text: string) => void): number | undefined {
  const key = "timeout";
  const value = table.values[key];
  if (value === undefined) return undefined;
  const text = typeof value === "string" ? filled(key, value).trim() : `${typeof value === "number" ? value : "?"}s`;
  if (text === "") return undefined;
  const length = millis(text) ?? millis(`${text}s`);
  if (length === undefined) throw table.broken(key, "must be a length of time as `5s` or `1m30s`");
  const { ms, note } = timeLimit(length);
  if (note !== undefined) say(key, note);
  return ms;
}

/** The value with its references to variables filled in; a reference that nobody fills is told: half a password helps nobody. */
function fill(text: string, variables: Variables, broken: (reason: string) => Unreadable): string {
  let filled = "";
  let at = 0;
  while (at < text.length) {
    const dollar = text.indexOf("$", at);
    if (dollar < 0) break;
    filled += text.slice(at, dollar);
    const rest = text.slice(dollar + 1);
    const [braces, inside] = /^\{([^}]*)\}/.exec(rest) ?? [];
    const name = plainName(inside ?? rest);
    if (rest.startsWith("$")) {
      filled += "$";
      at = dollar + 2;
    } else if (name === "") {
      filled += "$";
      at = dollar + 1;
    } else {
      const value = inside === undefined ? variables.get(name) : braced(name, inside.slice(name.length), variables);
      if (value === undefined) {
        const isWhole = inside !== undefined || text.length === name.length + 1;
        throw broken(
          isWhole
            ? unknownVariable(name)
            : "has a `$` in it, which Telegraf takes for a reference to a variable, and that is not given; write `$$` for a dollar sign",
        );
      }
      filled += value;
      at = dollar + 1 + (braces ?? name).length;
    }
  }
  return filled + text.slice(at);
}

/** `${NAME}`, `${NAME:-default}` (unset or empty), `${NAME-default}` (unset), `${NAME:+other}`, `${NAME:?message}`. */
function braced(name: string, operator: string, variables: Variables): string | undefined {
  const value = variables.get(name);
  const notEmpty = value === "" ? undefined : value;
  const rest = operator.replace(/^:?[-+?]/, "");
  switch (operator.slice(0, operator.startsWith(":") ? 2 : 1)) {
    case "":
    case "?":
      return value;
    case ":-":
      return notEmpty ?? rest;
    case "-":
      return value ?? rest;
    case ":+":
      return notEmpty === undefined ? "" : rest;
    case "+":
      return value === undefined ? "" : rest;
    case ":?":
      return notEmpty;
    default:
      return undefined;
  }
}
