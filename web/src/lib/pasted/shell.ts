// Words of a shell's command line: quotes, escapes, comments, continued lines and variables, as far as pasted commands use them.

import type { Variables } from "./found";

export interface Word {
  text: string;
  /** The line on which it begins, from 1. */
  line: number;
  /** A variable that it refers to and nobody knows; its reference stands in the text. */
  missing: string | undefined;
  /** Whether any of it was quoted. */
  quoted: boolean;
}

/** The words of the first command, and whether another follows. A quote that is never closed ends with the text. */
export function firstCommand(text: string, variables: Variables): { words: Word[]; more: boolean } {
  const words: Word[] = [];
  let word: Word | undefined;
  let at = 0;
  let line = 1;
  const next = () => {
    const letter = text[at];
    at += 1;
    if (letter === "\n") line += 1;
    return letter;
  };
  const open = () => (word ??= { text: "", line, missing: undefined, quoted: false });
  const close = () => {
    if (word) words.push(word);
    word = undefined;
  };
  const push = (letter: string) => {
    open().text += letter;
  };
  /** Behind a `$`. */
  const variable = () => {
    const rest = text.slice(at);
    const found = /^\{([A-Za-z_]\w*)\}/.exec(rest) ?? /^([A-Za-z_]\w*)/.exec(rest);
    if (!found) return push("$");
    const [reference, name = ""] = found;
    at += reference.length;
    const value = variables.get(name);
    if (value === undefined) open().missing = name;
    push(value ?? `$${reference}`);
  };
  const single = () => {
    open().quoted = true;
    for (let letter = next(); letter !== undefined && letter !== "'"; letter = next()) push(letter);
  };
  const double = () => {
    open().quoted = true;
    for (let letter = next(); letter !== undefined && letter !== '"'; letter = next()) {
      if (letter === "$") variable();
      else if (letter === "\\") {
        const escaped = next();
        if (escaped !== undefined && escaped !== "\n") push('"\\$`'.includes(escaped) ? escaped : `\\${escaped}`);
      } else push(letter);
    }
  };
  for (let letter = next(); letter !== undefined; letter = next()) {
    if (letter === "\\") {
      const escaped = next();
      if (escaped === "\r" && text[at] === "\n") next();
      else if (escaped !== undefined && escaped !== "\n") push(escaped);
    } else if (letter === "'") single();
    else if (letter === '"') double();
    else if (letter === "$" && text[at] === "'") {
      next();
      single();
    } else if (letter === "$") variable();
    else if (letter === "#" && word === undefined) {
      const end = text.indexOf("\n", at);
      at = end < 0 ? text.length : end;
    } else if (letter === "\n" || letter === ";" || letter === "|" || letter === "&") {
      close();
      if (words.length > 0) return { words, more: /[^ \t\r\n;|&]/.test(text.slice(at)) };
    } else if (/\s/.test(letter)) close();
    else push(letter);
  }
  close();
  return { words, more: false };
}

/** The name of a variable that the text begins with; empty when it begins with none. */
export function plainName(text: string): string {
  return /^[A-Za-z_]\w*/.exec(text)?.[0] ?? "";
}
