// Whatever somebody pastes: a URL, a `curl` command, lines of an environment, Telegraf's or the `influx` command's TOML, Chronograf's JSON. It
// is read in the browser and sent nowhere.

import { addTo, draftOf } from "./pasted/draft";
import { readChronograf } from "./pasted/chronograf";
import { isCurl, readCurl } from "./pasted/curl";
import { type Found, nothing, Unreadable, type Variables } from "./pasted/found";
import { isLines, readLines } from "./pasted/lines";
import { isSql, readLocation, SQL } from "./pasted/location";

export type { Found, PastedConnection, PastedKapacitor, Remark } from "./pasted/found";
export { Unreadable } from "./pasted/found";

/** Recognizes the text and reads it. Throws [`Unreadable`] when it is nothing that is known, or what it is cannot be read. */
export async function readPasted(text: string, variables: Variables = new Map()): Promise<Found> {
  const trimmed = text.replace(/^\ufeff/, "").replaceAll("\r\n", "\n");
  switch (kindOf(trimmed.trim())) {
    case "chronograf":
      return readChronograf(trimmed, variables);
    case "telegraf":
      return (await import("./pasted/telegraf")).readTelegraf(trimmed, variables);
    case "influx":
      return (await import("./pasted/influxConfig")).readInfluxConfig(trimmed);
    case "lines":
      return readLines(trimmed, variables);
    case "curl":
      return readCurl(trimmed, variables);
    case "url":
      return readUrls(trimmed);
    case "sql":
      throw new Unreadable(SQL, { isSql: true });
    case "nothing":
      throw new Unreadable("there is nothing in it");
    case "unknown":
      throw new Unreadable(
        "this is nothing that is known: a URL, a `curl` command, `INFLUX_…` lines, a Telegraf output, an `influx` configuration, or what a .src or .kap file holds",
      );
  }
}

type Kind = "chronograf" | "curl" | "telegraf" | "influx" | "lines" | "sql" | "url" | "nothing" | "unknown";

function kindOf(text: string): Kind {
  if (text === "") return "nothing";
  if (/^(\{|\[\s*\{)/.test(text)) return "chronograf";
  if (isCurl(text)) return "curl";
  const rows = text.split("\n").map((line) => line.trim());
  if (rows.some((line) => /^\[\[?\s*outputs\.influxdb/.test(line))) return "telegraf";
  const keys = rows.flatMap((line) => (line.includes("=") ? [line.slice(0, line.indexOf("=")).trim()] : []));
  const headings = rows.some((line) => line.startsWith("[") && !line.startsWith("[["));
  if (keys.includes("url") && (headings || keys.includes("token") || keys.includes("org"))) return "influx";
  if (rows.some((line) => line.startsWith("[[") || line === "[agent]" || line === "[global_tags]")) return "telegraf";
  if (isLines(text)) return "lines";
  if (isSql(text)) return "sql";
  return pieces(text).every(({ piece }) => isAddress(piece)) ? "url" : "unknown";
}

/** What may be URLs, each with its line: parted by white space, as no URL has any. */
function pieces(text: string): { line: number; piece: string }[] {
  return text.split("\n").flatMap((row, at) =>
    row.trimStart().startsWith("#") ? [] : row.split(/[ \t,]/).filter((piece) => piece !== "").map((piece) => ({ line: at + 1, piece })),
  );
}

function isAddress(piece: string): boolean {
  if (piece.includes("://")) return true;
  try {
    readLocation(piece);
    return true;
  } catch {
    return false;
  }
}

function readUrls(text: string): Found {
  const found = nothing();
  for (const { line, piece } of pieces(text)) {
    try {
      addTo(found, draftOf(readLocation(piece), line, found));
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      found.broken.push({ ...error.asRemark(), line });
    }
  }
  const [first] = found.broken;
  if (first && found.connections.length === 0 && found.kapacitors.length === 0) throw new Unreadable(first.text, first);
  return found;
}
