// Chronograf's JSON: what a `.src` or `.kap` file holds, a list of them, or an answer of its API. Keys are read regardless of case.

import { defined } from "./draft";
import { type Found, nothing, type PastedConnection, Unreadable, type Variables } from "./found";
import { readAddress } from "./location";

type Json = Record<string, unknown>;

const KINDS: Record<string, Pick<PastedConnection, "driver" | "v1_edition" | "edition">> = {
  "": { driver: "v1" },
  influx: { driver: "v1" },
  "influx-enterprise": { driver: "v1", v1_edition: "enterprise" },
  "influx-relay": { driver: "v1", v1_edition: "relay" },
  "influx-v2": { driver: "v2" },
  "influx-v3-core": { driver: "v3", edition: "core" },
  "influx-v3-enterprise": { driver: "v3", edition: "enterprise" },
  "influx-v3-clustered": { driver: "v3", edition: "clustered" },
  "influx-v3-cloud-dedicated": { driver: "v3", edition: "cloud_dedicated" },
  "influx-v3-serverless": { driver: "v3", edition: "cloud_serverless" },
};

export function readChronograf(text: string, variables: Variables): Found {
  const found = nothing();
  const value = parsed(text);
  const lists = value as { sources?: unknown; kapacitors?: unknown };
  const list = Array.isArray(value) ? value : [lists.sources, lists.kapacitors].find(Array.isArray);
  if (!Array.isArray(list)) {
    add(new Members(value, text, variables, found));
    return found;
  }
  for (const [at, item] of list.entries()) {
    try {
      add(new Members(item, "", variables, found));
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      found.broken.push({ field: error.field, text: `entry ${at + 1}: ${error.message}` });
    }
  }
  if (list.length > 0) found.remarks.push({ text: "an answer of Chronograf's API holds no password: give each connection its own" });
  return found;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const position = /position (\d+)/.exec(String(error))?.[1];
    const before = position === undefined ? text : text.slice(0, Number(position));
    throw new Unreadable("this is not JSON: look for a missing quote, comma or bracket", { line: before.split("\n").length });
  }
}

/** One object of Chronograf's, told by its members. */
function add(members: Members): void {
  if (members.has("srcID") || (members.has("active") && members.has("url"))) kapacitor(members);
  else if (members.has("url")) connection(members);
  else {
    throw new Unreadable("is none of Chronograf's connections or Kapacitors: a connection has a `url`, a Kapacitor a `srcID` too");
  }
}

function connection(members: Members): void {
  const kind = KINDS[members.text("type") ?? ""];
  if (!kind) throw members.broken("type", "is no type of InfluxDB that is known");
  const { url, username: urlUser, password: urlPassword } = members.address("url");
  const telegraf = members.text("telegraf") ?? "telegraf";
  const database = members.text("defaultDB") ?? telegraf;
  const shared = {
    name: members.text("name") ?? url.hostname,
    url: url.href,
    telegraf_database: telegraf,
    skip_verify: members.truth("insecureSkipVerify") || undefined,
    default: members.truth("default") || undefined,
    number: members.number("id"),
    of: members.text("organization"),
  };
  const [user, secret] = [members.text("username"), members.text("password")];
  let own: Partial<PastedConnection>;
  if (kind.driver === "v1") {
    const login = user === undefined && secret === undefined ? { username: urlUser, password: urlPassword } : { username: user, password: secret };
    const meta = members.text("metaUrl");
    own = { database, ...login, retention_policy: members.text("defaultRP"), shared_secret: members.text("sharedSecret"), meta_url: meta };
  } else if (kind.driver === "v2") {
    if (user === undefined) {
      throw members.broken("username", "is where Chronograf keeps the organization of an InfluxDB 2, and it is missing: give its name");
    }
    if (secret === undefined) members.remark("password", "is where Chronograf keeps the API token of an InfluxDB 2, and it is missing");
    if (!members.has("defaultDB")) members.remark("defaultDB", "no bucket is named; the Telegraf database is taken for it");
    own = { organization: user, bucket: database, token: secret };
  } else {
    if (!members.has("defaultDB")) members.remark("defaultDB", "no database is named; the Telegraf database is taken for it");
    const [token, management_token] = [members.text("databaseToken"), members.text("managementToken")];
    own = { database, token, management_token, cluster_id: members.text("clusterId"), account_id: members.text("accountId") };
  }
  members.skip("role", "version", "tagsCSVPath", "authentication", "links");
  members.found.connections.push(defined({ ...shared, ...kind, ...own }));
  members.finish();
}

function kapacitor(members: Members): void {
  if (members.text("type") !== undefined) {
    throw members.broken("type", "describes another service than a Kapacitor; only Kapacitors, which have no type, are read");
  }
  const { url, username: urlUser, password: urlPassword } = members.address("url");
  const [user, secret] = [members.text("username"), members.text("password")];
  const login = user === undefined && secret === undefined ? { username: urlUser, password: urlPassword } : { username: user, password: secret };
  members.skip("metadata", "links");
  members.found.kapacitors.push(
    defined({
      name: members.text("name") ?? url.hostname,
      url: url.href,
      ...login,
      skip_verify: members.truth("insecureSkipVerify") || undefined,
      active: members.truth("active") || undefined,
      number: members.number("id"),
      connection: members.number("srcID"),
      of: members.text("organization"),
    }),
  );
  members.finish();
}

/** The members of an object, and which of them were asked for. */
class Members {
  private readonly members: Json;
  private readonly asked = new Set<string>();
  private readonly text_: string;
  private readonly variables: Variables;
  readonly found: Found;

  constructor(value: unknown, text: string, variables: Variables, found: Found) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Unreadable("must be an object in curly brackets");
    this.members = Object.fromEntries(Object.entries(value).map(([key, one]) => [key.toLowerCase(), one as unknown]));
    this.text_ = text;
    this.variables = variables;
    this.found = found;
  }

  has(key: string): boolean {
    return this.members[key.toLowerCase()] !== undefined;
  }

  /** The text (or whole number) at this key; absent, `null` and empty are none. */
  text(key: string): string | undefined {
    const value = this.take(key);
    if (value === undefined || value === null || value === "") return undefined;
    if (typeof value === "number" && key === "organization") return String(value);
    if (typeof value !== "string") throw this.broken(key, "is no text; put it into quotes");
    return this.filled(key, value);
  }

  truth(key: string): boolean {
    const value = this.take(key);
    if (value !== undefined && value !== null && typeof value !== "boolean") throw this.broken(key, "must be true or false, without quotes");
    return value === true;
  }

  number(key: string): number | undefined {
    const value = this.take(key);
    if (value === undefined || value === null) return undefined;
    const text = typeof value === "string" ? this.filled(key, value) : String(value);
    if (!/^\d+$/.test(text)) throw this.broken(key, "must be a whole number");
    return Number(text);
  }

  address(key: string) {
    try {
      const address = readAddress(this.text(key) ?? "");
      for (const note of address.notes) this.remark(key, note);
      if (address.query.length > 0) this.remark(key, "the part of the URL after `?` was left out; names and secrets have fields of their own");
      return address;
    } catch (error) {
      throw error instanceof Unreadable ? this.broken(key, error.message) : error;
    }
  }

  skip(...keys: string[]): void {
    for (const key of keys) this.take(key);
  }

  remark(key: string, text: string): void {
    this.found.remarks.push({ line: this.line(key), text: `\`${key}\`: ${text}` });
  }

  broken(key: string, reason: string): Unreadable {
    return new Unreadable(reason, { line: this.line(key), field: key });
  }

  /** Everything that nobody asked for becomes a remark. */
  finish(): void {
    for (const key of Object.keys(this.members)) {
      if (!this.asked.has(key)) {
        const shown = /^[\w-]{1,64}$/.test(key) ? `\`${key}\`` : "a key";
        this.found.remarks.push({ line: this.line(key), text: `${shown} is no known key and was ignored` });
      }
    }
  }

  private take(key: string): unknown {
    this.asked.add(key.toLowerCase());
    return this.members[key.toLowerCase()];
  }

  private line(key: string): number | undefined {
    const at = this.text_.toLowerCase().indexOf(`"${key.toLowerCase()}"`);
    return at < 0 ? undefined : this.text_.slice(0, at).split("\n").length;
  }

  /** Every `{{ .NAME }}` replaced by the variable's value, once. */
  private filled(key: string, text: string): string {
    return text.replaceAll(/\{\{(.*?)\}\}/gs, (_, inner: string) => {
      const [, name] = /^\s*\.([\p{L}_][\p{L}\p{N}_]*)\s*$/u.exec(inner) ?? [];
      const value = name === undefined ? undefined : this.variables.get(name);
      if (value !== undefined) return value;
      throw this.broken(key, name === undefined ? "holds a template that is no `{{ .NAME }}`" : "is a template, which the server's files fill in: give the value itself");
    });
  }
}
