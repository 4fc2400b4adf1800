// TOML with line numbers, as far as two of the texts need them: a table and the lines that it was written on.

import { parse, TomlError } from "smol-toml";
import { type Remark, Unreadable } from "./found";

export type Toml = Record<string, unknown>;

/** The whole text as a table. `before` lines stand above it. */
export function parseToml(text: string, before = 0): Toml {
  try {
    return parse(text);
  } catch (error) {
    const line = error instanceof TomlError ? error.line + before : undefined;
    throw new Unreadable("this is not TOML: look for a missing quote or bracket; a variable must stand inside quotes", { line });
  }
}

/** A heading and the lines from it to the next one. */
export interface Section {
  /** What stands between its brackets. */
  heading: string;
  /** From 1. */
  line: number;
  lines: string[];
}

/** The pieces of a text by their headings; what looks like one inside a text of several lines is none. */
export function sectionsOf(text: string): Section[] {
  const sections: Section[] = [];
  let inside: string | undefined;
  for (const [at, line] of text.split("\n").entries()) {
    const heading = inside === undefined ? headingOf(line) : undefined;
    if (heading !== undefined) sections.push({ heading, line: at + 1, lines: [] });
    sections[sections.length - 1]?.lines.push(line);
    for (const [quotes] of line.matchAll(/"""|'''/g)) {
      if (inside === undefined) inside = quotes;
      else if (inside === quotes) inside = undefined;
    }
  }
  return sections;
}

/** What stands between the brackets of a heading. */
export function headingOf(line: string): string | undefined {
  return /^\s*\[\[?\s*([\p{L}\p{N}._\-"' ]+?)\s*\]\]?\s*(?:#.*)?$/u.exec(line)?.[1];
}

/** One table of the text, whose values are asked for by name. */
export class Table {
  readonly values: Toml;
  private readonly lines: string[];
  /** The line of its heading, or of its first key. */
  readonly line: number | undefined;

  constructor(values: Toml, lines: string[], line: number | undefined) {
    this.values = values;
    this.lines = lines;
    this.line = line;
  }

  /** The remark that every value but these is ignored, if there is one. */
  ignored(known: string[]): Remark[] {
    const keys = Object.keys(this.values).filter((key) => !known.includes(key));
    const shown = keys.map((key) => (/^[\w-]{1,64}$/.test(key) ? `\`${key}\`` : "a name that is no plain word")).sort();
    return shown.length > 0 ? [{ line: this.line, text: `ignored: ${shown.join(", ")}` }] : [];
  }

  has(key: string): boolean {
    return this.values[key] !== undefined;
  }

  /** The line of a value. */
  lineOf(key: string): number | undefined {
    const at = this.lines.findIndex((line) => new RegExp(`^\\s*["']?${key}["']?\\s*=`).test(line));
    return at < 0 || this.line === undefined ? this.line : this.line + at;
  }

  broken(key: string, reason: string): Unreadable {
    return new Unreadable(reason, { line: this.lineOf(key), field: key });
  }

  text(key: string): string | undefined {
    const value = this.values[key];
    if (value !== undefined && typeof value !== "string") throw this.broken(key, "must be a text in quotes");
    return value;
  }

  truth(key: string): boolean | undefined {
    const value = this.values[key];
    if (value !== undefined && typeof value !== "boolean") throw this.broken(key, "must be true or false");
    return value;
  }

  /** One text, or several in brackets. */
  texts(key: string): string[] {
    const value = this.values[key];
    if (value === undefined) return [];
    const texts = Array.isArray(value) ? value : [value];
    if (!texts.every((text) => typeof text === "string")) throw this.broken(key, "must be a list of texts in quotes");
    return texts;
  }
}
