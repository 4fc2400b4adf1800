// Columns by pattern, as the server reads them: `*` stands for any letters, `?` for one, and `!` before it takes away what others match. Pure.

/** Whether an entry can be a pattern. A column may be called so too: then it means that column. */
export function isPattern(entry: string): boolean {
  return (entry.startsWith("!") && entry.length > 1) || /[*?]/.test(entry);
}

/** Whether a pattern, without its `!`, stands for a name. */
export function matches(pattern: string, name: string): boolean {
  const letters = [...pattern].map((letter) => (letter === "*" ? "[^]*" : letter === "?" ? "[^]" : letter.replace(/[\\^$.|+()[\]{}/-]/g, "\\$&")));
  return new RegExp(`^${letters.join("")}$`, "u").test(name);
}

/** Whether a list of patterns stands for a name. */
export function selects(patterns: readonly string[], name: string): boolean {
  if (patterns.includes(name)) return true;
  const [without, with_] = [patterns.filter((entry) => entry.startsWith("!")), patterns.filter((entry) => !entry.startsWith("!"))];
  return with_.some((entry) => matches(entry, name)) && !without.some((entry) => matches(entry.slice(1), name));
}

/** What is wrong with a list of patterns, of which `free` are the columns that it can stand for; undefined when nothing is. */
export function patternProblem(patterns: readonly string[], free: readonly string[]): string | undefined {
  const [first] = patterns;
  if (first === undefined) return undefined;
  const name = patterns.find((entry) => !isPattern(entry) && !free.includes(entry));
  if (name !== undefined) return `${name} is no pattern: it needs a * or ? in it, or a ! before it. A single column gets its part by its chip`;
  if (patterns.every((entry) => entry.startsWith("!"))) return `${first} only says what is left out: begin with * for every other column`;
  const idle = patterns.find((entry) => !entry.startsWith("!") && !free.some((column) => column === entry || matches(entry, column)));
  return idle === undefined ? undefined : `No column that is free matches ${idle}: correct it, or remove it`;
}
