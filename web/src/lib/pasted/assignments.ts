// Names and values of an environment's lines: from a shell, an env file, a unit, a Dockerfile or a compose file.

import type { Variables } from "./found";
import { firstCommand, plainName, type Word } from "./shell";

/** The beginnings of names that say something about a connection. */
const FAMILIES = ["INFLUX", "DOCKER_INFLUXDB_INIT_", "KAPACITOR_", "CHRONOGRAF_INFLUX"];

/** Commands that may follow assignments on the same line. */
const COMMANDS = ["influx", "influxdb3", "influxd", "telegraf", "chronograf", "docker", "curl", "sudo"];

export interface Assignment {
  line: number;
  name: string;
  value: string;
  /** The variable that the whole value refers to, when nobody knows it. */
  missing: string | undefined;
  used: boolean;
}

/** Every assignment to a name that says something about a connection, in order. */
export function assignments(text: string, given: Variables): Assignment[] {
  const known = new Map(given);
  const found: Assignment[] = [];
  for (const [at, line] of text.split("\n").entries()) {
    for (const [name, word] of ofLine(line, known)) {
      // Only a value that is nothing but a reference is left out; a `$` inside a value may well be part of it.
      const whole = word.text === `$${word.missing}` || word.text === `\${${word.missing}}` ? word.missing : undefined;
      if (whole === undefined) known.set(name, word.text);
      if (FAMILIES.some((family) => name.startsWith(family))) {
        found.push({ line: at + 1, name, value: word.text, missing: whole, used: false });
      }
    }
  }
  return found;
}

function ofLine(whole: string, known: Variables): [string, Word][] {
  let line = whole.trim().replace(/\\+$/, "").trim();
  if (line.startsWith("#") || line.startsWith("//")) return [];
  line = line.replace(/^- /, "").trim().replace(/^[$>] /, "").replace(/^\$env:/i, "");
  const name = plainName(line);
  const behind = line.slice(name.length);
  const after = behind.trimStart();

  // `NAME = value` of PowerShell and ini files, `NAME: value` of YAML: one value to the end of the line.
  if (name !== "") {
    if (after.startsWith("=") && (behind.startsWith(" ") || after.startsWith("= "))) return [[name, wholeValue(after.slice(1), known)]];
    if (after === ":" || after.startsWith(": ")) return [[name, wholeValue(after.slice(1), known)]];
  }
  const { words } = firstCommand(line, known);
  const named: [string, Word][] = words.flatMap((word) => {
    const text = word.text.replace(/^Environment=/, "");
    const own = plainName(text);
    return own !== "" && text[own.length] === "=" ? [[own, { ...word, text: text.slice(own.length + 1) }]] : [];
  });
  // `set -gx NAME value` of fish, `ENV NAME value` of a Dockerfile.
  if (named.length === 0 && words.length >= 2) {
    const isKeyword = ({ text }: Word) => text.startsWith("-") || ["set", "ENV", "setx", "setenv"].includes(text);
    const begins = words.findIndex((word) => !isKeyword(word));
    const [key, value] = begins > 0 ? words.slice(begins) : [];
    return key && value && plainName(key.text) === key.text ? [[key.text, value]] : [];
  }
  // `NAME=some words` of an env file, where nothing needs quotes.
  const [only] = named;
  if (only && named.length === 1 && words.length >= 2) {
    const [own, word] = only;
    const [first, second] = words;
    const isFile = first?.text.startsWith(`${own}=`) && !first.quoted && !COMMANDS.includes(second?.text ?? "");
    if (isFile) return [[own, { ...word, text: (line.slice(own.length + 1).split(" #")[0] ?? "").trim() }]];
  }
  return named;
}

/** A value that reaches to the end of its line, with or without quotes. */
function wholeValue(text: string, known: Variables): Word {
  const none: Word = { text: "", line: 1, missing: undefined, quoted: false };
  const trimmed = text.trim();
  if (/^["']/.test(trimmed)) return firstCommand(trimmed, known).words[0] ?? none;
  const bare = (trimmed.split(" #")[0] ?? "").trim();
  const { words } = firstCommand(bare, known);
  const [only] = words;
  return only && words.length === 1 ? only : { ...none, text: bare };
}
