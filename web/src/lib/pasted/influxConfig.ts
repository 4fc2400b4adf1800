// The configurations of the `influx` command of InfluxDB 2: TOML, one table for each, with `url`, `token`, `org` and `active`. They name no
// bucket.

import { addTo, type Draft, draftOf } from "./draft";
import { type Found, nothing, Unreadable } from "./found";
import { type Location, readLocation } from "./location";
import { parseToml, sectionsOf, Table, type Toml } from "./toml";

/** One v2 connection for each configuration, named as it is; the active one asks to be the default. */
export function readInfluxConfig(text: string): Found {
  const found = nothing();
  const document = parseToml(text);
  const isTable = (value: unknown): value is Toml => typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
  const tables = Object.entries(document).filter((entry): entry is [string, Toml] => isTable(entry[1]));
  const sections = sectionsOf(text);
  for (const [name, values] of tables) {
    const section = sections.find(({ heading }) => heading.replaceAll(/^["']|["']$/g, "") === name);
    try {
      addTo(found, configuration(name, new Table(values, section?.lines ?? [], section?.line), found));
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      found.broken.push(error.asRemark());
    }
  }
  // One configuration without its heading, as people copy it.
  if (tables.length === 0 && document.url !== undefined) addTo(found, configuration("", new Table(document, text.split("\n"), 1), found));
  if (found.connections.length === 0 && found.broken.length === 0) {
    throw new Unreadable("holds no configuration: a `[name]` with `url`, `token` and `org`");
  }
  return found;
}

function configuration(name: string, table: Table, found: Found): Draft {
  const url = table.text("url");
  if (url === undefined) throw table.broken("url", "is missing");
  const draft = draftOf(located(table, url), table.line, found);
  draft.api = "v2";
  draft.name = name;
  draft.organization = table.text("org")?.trim() || draft.organization;
  draft.token = table.text("token") || undefined;
  draft.default = table.truth("active") ?? false;
  if (draft.token === undefined && table.has("cookie")) {
    const text = "the configuration has a session instead of a token: give the connection a token";
    found.remarks.push({ line: table.lineOf("cookie"), text });
  }
  found.remarks.push(...table.ignored(["url", "token", "org", "active", "previous", "cookie"]));
  return draft;
}

function located(table: Table, url: string): Location {
  try {
    return readLocation(url);
  } catch (error) {
    throw error instanceof Unreadable ? table.broken("url", error.message) : error;
  }
}
