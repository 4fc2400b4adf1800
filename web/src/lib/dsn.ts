// A database's address as one text (`postgres://user@host/database`), taken apart in the browser: it may hold a password. Pure.
//
// The rules are those of the command line's `--url`, see `crates/sql/src/address.rs`; what it refuses, this tells as ignored.

export type Tls = "disable" | "prefer" | "require" | "verify";

/** What an address says. What it does not say is not there. */
export interface Dsn {
  engine: "sqlite" | "postgres" | "mysql";
  path?: string;
  host?: string;
  port?: number;
  database?: string;
  username?: string;
  password?: string;
  tls?: Tls;
  /** What was in it and has no field, by name. */
  ignored: string[];
}

const SCHEMES: Record<string, "postgres" | "mysql"> = {
  postgres: "postgres", postgresql: "postgres", mysql: "mysql", mariadb: "mysql",
};

const TLS: Record<string, Tls> = {
  disable: "disable", disabled: "disable", allow: "prefer", prefer: "prefer", preferred: "prefer", require: "require", required: "require",
  verify: "verify", "verify-full": "verify", "verify-identity": "verify", "verify-ca": "verify",
};

/** Takes an address apart; undefined when the text is none. Never throws. */
export function dsnOf(pasted: string): Dsn | undefined {
  const text = pasted.trim().replace(/^["']|["']$/g, "").replace(/^jdbc:/i, "").replace(/^([a-z]+)\+[a-z0-9]+:/i, "$1:");
  const scheme = /^([a-z][a-z0-9]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return undefined;
  if (scheme === "sqlite" || scheme === "sqlite3") {
    const path = text.slice(scheme.length + 1).replace(/^\/\/(?=\/)/, "").replace(/^\/\/+(?=[^/])/, "").replace(/\?.*$/, "");
    return path === "" ? undefined : { engine: "sqlite", path, ignored: [] };
  }
  const engine = SCHEMES[scheme];
  return engine === undefined ? undefined : serverOf(engine, text.slice(scheme.length + 1));
}

function serverOf(engine: "postgres" | "mysql", rest: string): Dsn | undefined {
  if (!rest.startsWith("//")) return undefined;
  const [whole, query = ""] = divided(rest.slice(2), "?");
  // The last @ ends the login: a password may hold one that nobody encoded.
  const end = whole.lastIndexOf("@");
  const [login, place] = end < 0 ? ["", whole] : [whole.slice(0, end), whole.slice(end + 1)];
  const [address, path = ""] = divided(place, "/");
  const found: Dsn = { engine, ignored: [] };
  const [username, password] = divided(login, ":");
  put(found, "username", decoded(username));
  if (password !== undefined) put(found, "password", decoded(password));
  const [, host = "", port] = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(address) ?? [undefined, address, undefined];
  put(found, "host", decoded(host.replace(/^\[|\]$/g, "")));
  const number = Number(port ?? "");
  if (number >= 1 && number <= 65_535) found.port = number;
  put(found, "database", decoded(path));
  for (const [name, value] of new URLSearchParams(query)) parameter(found, name, value);
  return found;
}

function parameter(found: Dsn, name: string, value: string): void {
  const word = name.toLowerCase().replaceAll("_", "-");
  const tls = TLS[value.toLowerCase().replaceAll("_", "-")];
  if (["tls", "sslmode", "ssl-mode"].includes(word) && tls !== undefined) found.tls = tls;
  else if (word === "host" && value.startsWith("/")) found.host = value;
  else if (word === "user" && found.username === undefined) put(found, "username", value);
  else if (word === "password" && found.password === undefined) put(found, "password", value);
  else found.ignored.push(name);
}

function put(found: Dsn, field: "host" | "database" | "username" | "password", value: string): void {
  if (value !== "") found[field] = value;
}

function divided(text: string, by: string): [string, string | undefined] {
  const at = text.indexOf(by);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
