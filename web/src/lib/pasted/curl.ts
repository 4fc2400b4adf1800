// A `curl` command line, as people copy it from documents and from their shell's history.

import { addTo, type Draft, draftOf } from "./draft";
import { type Found, nothing, unknownVariable, Unreadable, type Variables } from "./found";
import { millis, timeLimit } from "./length";
import { isSql, type Location, readLocation } from "./location";
import { firstCommand, type Word } from "./shell";

/** Options that are followed by a value. */
const WITH_VALUE = new Set(
  `-X --request -o --output -A --user-agent -e --referer -b --cookie -c --cookie-jar -F --form -T --upload-file -w --write-out -D
  --dump-header -K --config -r --range -y -Y -z -C --connect-timeout --retry --retry-delay --retry-max-time --resolve -u --user -H --header
  -d --data --data-raw --data-binary --data-ascii --data-urlencode --json --url -m --max-time -x --proxy --oauth2-bearer --cacert --capath -E
  --cert --key --cert-type --key-type --pass --pinnedpubkey --unix-socket --interface --proxy-user -U`.split(/\s+/),
);
const PROXY = "the command goes through a proxy, which a connection does not";

interface Command {
  urls: Word[];
  user?: Word;
  authorization?: { scheme: string; credential: Word };
  parameters: [string, string][];
  timeMs?: number | undefined;
  insecure: boolean;
}

/** Whether the text is such a command line. */
export function isCurl(text: string): boolean {
  const words = text.trimStart().replace(/^[$>%]+/, "").trim().split(/\s+/);
  const first = words.find((word) => word !== "sudo" && word !== "time");
  return /(^|[/\\])curl(\.exe)?$/.test(first ?? "");
}

export function readCurl(text: string, variables: Variables): Found {
  const found = nothing();
  const { words, more } = firstCommand(text, variables);
  const command = commandOf(words, found);
  if (more) found.remarks.push({ text: "only the first command is read" });
  if (command.urls.length > 1) found.remarks.push({ text: "only the first URL of the command is read" });
  const url = command.urls[0];
  if (!url) throw new Unreadable("the command has no URL", { field: "url" });
  const { line } = url;
  if (url.missing !== undefined) throw new Unreadable(unknownVariable(url.missing), { line, field: "url" });
  const place = locationOf(url.text, line);
  place.query.push(...command.parameters);
  const draft = draftOf(place, line, found);
  if (command.user) login(command.user, draft, found);
  if (command.authorization) authorization(command.authorization.scheme, command.authorization.credential, draft, found);
  draft.skip_verify = command.insecure;
  if (command.timeMs !== undefined) draft.timeout_ms = timeLimit(command.timeMs).ms;
  addTo(found, draft);
  return found;
}

function locationOf(text: string, line: number): Location {
  try {
    try {
      return readLocation(text);
    } catch (error) {
      // curl takes a host alone, and asks it by http.
      if (text.includes("://") || text === "" || isSql(text)) throw error;
      return readLocation(`http://${text}`);
    }
  } catch (error) {
    if (error instanceof Unreadable) throw new Unreadable(error.message, { line, field: "url", isSql: error.isSql });
    throw error;
  }
}

function commandOf(words: Word[], found: Found): Command {
  const command: Command = { urls: [], parameters: [], insecure: false };
  const rest = words.slice(words.findIndex((word) => word.text.includes("curl")) + 1);
  let onlyUrls = false;
  for (let word = rest.shift(); word; word = rest.shift()) {
    if (onlyUrls || !word.text.startsWith("-") || word.text === "-") {
      command.urls.push(word);
      continue;
    }
    if (word.text === "--") {
      onlyUrls = true;
      continue;
    }
    // Several short ones may stand together: `-sku user:pw`.
    const { flags, option, inline } = spelled(word);
    if (flags.includes("k") || option === "--insecure") command.insecure = true;
    if (flags.includes("x")) found.remarks.push({ line: word.line, text: PROXY });
    if (!WITH_VALUE.has(option)) continue;
    const value = inline ?? rest.shift();
    if (!value) break;
    take(command, option, value, found);
  }
  return command;
}

/** The flags before the last option of a word, that option, and the value that stands in the same word. */
function spelled(word: Word): { flags: string; option: string; inline?: Word } {
  if (word.text.startsWith("--")) return { flags: "", option: word.text };
  let flags = "";
  for (let at = 1; at < word.text.length; at += 1) {
    const option = `-${word.text[at]}`;
    if (WITH_VALUE.has(option)) {
      const text = word.text.slice(at + 1);
      return text === "" ? { flags, option } : { flags, option, inline: { ...word, text } };
    }
    flags += word.text[at];
  }
  return { flags, option: "" };
}

function take(command: Command, option: string, value: Word, found: Found): void {
  const say = (text: string) => found.remarks.push({ line: value.line, text });
  switch (option) {
    case "--url":
      command.urls.push(value);
      break;
    case "-u":
    case "--user":
      command.user = value;
      break;
    case "--oauth2-bearer":
      command.authorization = { scheme: "bearer", credential: value };
      break;
    case "-H":
    case "--header": {
      const [, scheme, credential] = /^\s*authorization\s*:\s*(?:(\S+)\s+)?(.*?)\s*$/is.exec(value.text) ?? [];
      if (credential !== undefined) command.authorization = { scheme: (scheme ?? "").toLowerCase(), credential: { ...value, text: credential } };
      break;
    }
    case "-d":
    case "--data":
    case "--data-raw":
    case "--data-binary":
    case "--data-ascii":
    case "--data-urlencode":
      // A query's database may stand among the data; a line of measurements is none of these.
      command.parameters.push(...parametersOf(value.text, option !== "--data-urlencode"));
      break;
    case "-m":
    case "--max-time":
      command.timeMs = millis(`${value.text.trim()}s`);
      break;
    case "-x":
    case "--proxy":
      say(PROXY);
      break;
    case "--cacert":
    case "--capath":
    case "-E":
    case "--cert":
    case "--key":
      say("a certificate or key is a file on another machine: give what is in it to the connection");
      break;
    case "--unix-socket":
      say("the command speaks to a socket; only the URL is taken");
  }
}

function parametersOf(data: string, encoded: boolean): [string, string][] {
  const at = data.indexOf("=");
  const pairs: [string, string][] = encoded ? [...new URLSearchParams(data)] : at < 0 ? [] : [[data.slice(0, at), data.slice(at + 1)]];
  return pairs.filter(([key]) => ["db", "rp", "u", "p", "org", "orgID", "bucket"].includes(key));
}

/** A missing variable is told by name when it stands for the whole value; what else is in there may be a secret. */
function isMissing(word: Word, what: string, found: Found): boolean {
  if (word.missing === undefined) return false;
  found.remarks.push({ line: word.line, text: `the ${what} ${unknownVariable(word.missing)}: it is left out` });
  return true;
}

function login(user: Word, draft: Draft, found: Found): void {
  if (isMissing(user, "login", found)) return;
  const at = user.text.indexOf(":");
  if (at < 0) found.remarks.push({ line: user.line, text: "the login has no password: curl would ask for it" });
  draft.username = at < 0 ? user.text : user.text.slice(0, at);
  draft.password = at < 0 ? undefined : user.text.slice(at + 1);
}

function authorization(scheme: string, credential: Word, draft: Draft, found: Found): void {
  const say = (text: string) => found.remarks.push({ line: credential.line, text });
  if (isMissing(credential, "Authorization header", found)) {
    // The scheme alone still tells the product.
    if (scheme === "token") draft.api ??= "v2";
  } else if (scheme === "basic") {
    const text = fromBase64(credential.text);
    if (text === undefined) say("the Basic login cannot be read: it is left out");
    else login({ ...credential, text }, draft, found);
  } else if (scheme === "bearer" && credential.text.startsWith("eyJ") && (draft.api ?? "v1") === "v1") {
    say("the bearer token was signed with a shared secret and ends soon: give the connection the shared secret itself");
  } else if (scheme === "bearer") {
    if ((draft.api ?? "v1") === "v1") draft.api = "v3";
    draft.token = credential.text;
  } else if (scheme === "token") {
    draft.token = credential.text;
  } else {
    say("the Authorization header is of no kind that InfluxDB knows: it is left out");
  }
}

function fromBase64(text: string): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
  } catch {
    return undefined;
  }
}
