// A URL as people paste it: of a server, of an API call, with or without its scheme; and the addresses of SQL databases, to tell them apart.

import { Unreadable } from "./found";

export type Api = "v1" | "v2" | "v3" | "kapacitor";

export interface Location {
  /** Scheme, host, port and a proxy's sub-path, nothing else. */
  url: URL;
  username: string | undefined;
  password: string | undefined;
  /** Decoded, in order. */
  query: [string, string][];
  /** The API whose path was at its end. */
  api: Api | undefined;
  /** What was tidied up or assumed. */
  notes: string[];
}

export const SQL = "this is a SQL database, not an InfluxDB: add it under Databases";
const LOGIN =
  "the login in the URL cannot be told from the rest; percent-encode `/`, `?`, `#`, `@` and `%` in it, or give it in its own fields";
const SCHEME = "only http and https can be kept; give the server's HTTP address";

/** The paths of API calls, and whose they are where only one product has them. What stands before is a proxy's sub-path. */
const PATHS: [string, Api | undefined][] = [
  ["/kapacitor/v1/", "kapacitor"],
  ["/api/v3/", "v3"],
  ["/api/v2/", "v2"],
  ["/orgs/", "v2"],
  ["/write/", "v1"],
  ["/query/", "v1"],
  ["/debug/vars/", "v1"],
  ["/ping/", undefined],
  ["/health/", undefined],
];

/** Reads a URL. White space, quotes and angle brackets around it are not part of it. */
export function readLocation(pasted: string): Location {
  const text = pasted.trim().replaceAll(/^["'`<>,;]+|["'`<>,;]+$/g, "").trim();
  if (isSql(text)) throw new Unreadable(SQL, { isSql: true });
  const scheme = /^([^:/]*):\/\//.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== "http" && scheme !== "https") throw new Unreadable(SCHEME, { field: "url" });
  const bare = scheme === undefined && isHostAndPort(text);
  const { query, ...address } = readAddress(bare ? `http://${text}` : text);
  const { url, notes } = address;
  // `http://bob:12/3@host` and `http://bob:12#3@host` parse, with the host `bob`.
  const loginless = address.username === undefined && address.password === undefined;
  if (loginless && text.includes("@") && (url.pathname.includes("@") || notes.some((note) => note.includes("#")))) {
    throw new Unreadable(LOGIN, { field: "url" });
  }
  if (bare) notes.push("the URL has no scheme: http is assumed");
  const api = cutPath(url);
  return { ...address, query, api };
}

/** The first of these query parameters that is there and not blank. */
export function parameter(location: Pick<Location, "query">, names: string[]): string | undefined {
  return location.query.find(([key, value]) => names.includes(key) && value.trim() !== "")?.[1];
}

/** An address without its login, its parameters and what stands behind `#`. */
export function readAddress(text: string): Omit<Location, "api"> {
  const notes: string[] = [];
  const trimmed = text.trim();
  const refuse = (reason: string) => new Unreadable(text.includes("@") ? LOGIN : reason, { field: "url" });
  if (trimmed === "") throw refuse("a URL is needed: http://host:port");
  if (trimmed !== text) notes.push("the spaces around the URL were left out");
  if (!/^https?:\/\//i.test(trimmed)) throw refuse("must begin with http:// or https://");
  if (!URL.canParse(trimmed)) throw refuse("is not a URL: give it as http://host:port");
  const url = new URL(trimmed);
  const loginless = url.username === "" && url.password === "";
  const misplaced = url.pathname.includes("@") || (url.search.includes("@") && !url.search.includes("=")) || url.hash.includes("@");
  if (loginless && misplaced) throw refuse(LOGIN);
  const [username, password] = [decoded(url.username), decoded(url.password)];
  if (username === undefined || password === undefined) throw refuse("the login in the URL is not UTF-8");
  const query = [...url.searchParams.entries()];
  if (url.hash !== "" || trimmed.endsWith("#")) notes.push("the part of the URL after `#` was left out");
  url.search = "";
  url.hash = "";
  url.username = "";
  url.password = "";
  return { url, username: username || undefined, password: password || undefined, query, notes };
}

/** Percent-decoded; a `%` that begins nothing stays. */
function decoded(text: string): string | undefined {
  try {
    return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) => decodeURIComponent(run));
  } catch {
    return undefined;
  }
}

/** Takes the path of an API call off the end. */
function cutPath(url: URL): Api | undefined {
  const path = `${url.pathname.replace(/\/+$/, "")}/`;
  for (const [end, api] of PATHS) {
    // These stand anywhere, the others at the end only: a proxy's sub-path may be called `write`.
    const anywhere = end.startsWith("/api/") || end.startsWith("/kapacitor/") || end === "/orgs/";
    const at = anywhere ? path.indexOf(end) : path.endsWith(end) ? path.length - end.length : -1;
    if (at >= 0) {
      url.pathname = path.slice(0, at);
      return api;
    }
  }
  return undefined;
}

/** Whether the text is a host and a port, and perhaps a path, without a scheme. */
function isHostAndPort(text: string): boolean {
  const authority = /^[^/?]*/.exec(text)?.[0] ?? "";
  const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(authority) ?? [];
  return /^[\w.[\]:-]+$/.test(host) && (!host.includes(":") || host.startsWith("[")) && Number(port) <= 65_535;
}

const SQL_SCHEMES = [
  "postgres", "postgresql", "mysql", "mysqlx", "mariadb", "sqlite", "sqlite3", "sqlserver", "mssql", "clickhouse", "oracle", "odbc", "jdbc",
  "duckdb", "cockroachdb", "redshift", "snowflake",
];

/** Whether the text is a connection string of a SQL database, in any of the usual forms. */
export function isSql(text: string): boolean {
  const lower = text.trim().toLowerCase();
  if (/^https?:\/\//.test(lower)) return false;
  // SQLAlchemy names its driver behind a plus sign.
  const scheme = (lower.split(":")[0] ?? "").split("+")[0] ?? "";
  const keys = lower.split(/[; ]/).flatMap((part) => (part.includes("=") ? [part.slice(0, part.indexOf("=")).trim()] : []));
  const has = (...names: string[]) => keys.some((key) => names.includes(key));
  return (
    (lower.includes(":") && SQL_SCHEMES.includes(scheme)) ||
    lower.includes("@tcp(") ||
    lower.includes("@unix(") ||
    has("dbname", "driver", "initial catalog") ||
    // `Data Source` and `User Id` are cut at their space.
    (has("server", "data source", "source") && has("database", "uid", "user id", "id"))
  );
}
