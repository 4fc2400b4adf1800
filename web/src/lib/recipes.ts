// The same without the console: requests and commands for a shell. Pure. A secret stands as `$NAME`, never as it is.

/** A word as a shell takes it for one. */
export function quoted(word: string): string {
  return /^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A secret, by the variable of the shell that holds it. */
export class Variable {
  constructor(readonly name: string) {}
  /** Never its value: there is none. */
  toJSON(): string {
    return `\u0000${this.name}\u0000`;
  }
}

/** The request as a line of `curl`. */
export function curl(method: "POST" | "PATCH", path: string, body: unknown): string {
  const json = JSON.stringify(body, undefined, 2).replaceAll("'", `'\\''`);
  // Out of the single quotes and back, so that the shell puts the value in.
  const filled = json.replace(/\\u0000(\w+)\\u0000/g, `'"$$$1"'`);
  const verb = method === "POST" ? "" : ` -X ${method}`;
  return `curl -s${verb} ${location.origin}/api/v1${path} -H 'Content-Type: application/json' -d '${filled}'`;
}

/** A command: its words, and its options by name. Options without a value are left out; each on a line of its own when there are many. */
export function command(words: string[], options: [name: string, value: string | number | undefined | null][], before = ""): string {
  const given = options.flatMap(([name, value]) => (value === undefined || value === null || value === "" ? [] : [`--${name} ${quoted(String(value))}`]));
  const start = `${before}tributary ${words.map(quoted).join(" ")}`;
  return given.length > 2 ? [start, ...given].join(" \\\n  ") : [start, ...given].join(" ");
}
