// The placeholders (`:name`) of a statement, found where the server finds them: never in quotes or comments. Pure.
//
// The rules are those of `crates/sql/src/query/lexer.rs`, and the tests share its table.

export type Dialect = "sqlite" | "postgres" | "mysql";

/** One use of a placeholder: its name without the colon, and where it stands, colon included. */
export interface Placeholder {
  name: string;
  from: number;
  to: number;
}

/** What a run binds by itself, and what that is. */
export const BOUND_BY_THE_RUN = {
  window_start: "the beginning of the window that a run reads, included",
  window_end: "the end of the window, not included",
  slot: "the instant that the run is scheduled for",
} as const;

export function isBoundByTheRun(name: string): name is keyof typeof BOUND_BY_THE_RUN {
  return Object.hasOwn(BOUND_BY_THE_RUN, name);
}

const WORD = /[\p{L}\p{N}_$]/u;
const STARTS_WORD = /[\p{L}_]/u;

/** Every use, in order. */
export function placeholders(sql: string, dialect: Dialect): Placeholder[] {
  const found: Placeholder[] = [];
  let at = 0;
  const behind = (needle: string, from: number) => {
    const place = sql.indexOf(needle, from);
    return place < 0 ? sql.length : place + needle.length;
  };
  while (at < sql.length) {
    const [one, two] = [sql[at] ?? "", sql[at + 1] ?? ""];
    if (startsLineComment(sql, at, dialect)) at = behind("\n", at);
    else if (one === "/" && two === "*") at = dialect === "postgres" ? behindNested(sql, at) : behind("*/", at + 2);
    else if (one === "'") at = behindQuoted(sql, at, dialect === "mysql");
    else if (one === '"') at = behindQuoted(sql, at, dialect === "mysql");
    else if (one === "`" && dialect !== "postgres") at = behindQuoted(sql, at, false);
    else if (one === "[" && dialect === "sqlite") at = behind("]", at + 1);
    else if (one === "$" && dialect === "postgres") at = behindDollar(sql, at, behind);
    else if (/[eE]/.test(one) && two === "'" && dialect === "postgres") at = behindQuoted(sql, at + 1, true);
    else if (one === ":" && (two === ":" || two === "=")) at += 2;
    else if (one === ":" && /[A-Za-z_]/.test(two)) {
      const name = /^\w+/.exec(sql.slice(at + 1))?.[0] ?? "";
      found.push({ name, from: at, to: at + 1 + name.length });
      at += 1 + name.length;
    } else if (STARTS_WORD.test(one)) {
      while (at < sql.length && WORD.test(sql[at] ?? "")) at += 1;
    } else at += 1;
  }
  return found;
}

/** The names, each once, in order of first use. */
export function placeholderNames(sql: string, dialect: Dialect): string[] {
  return [...new Set(placeholders(sql, dialect).map(({ name }) => name))];
}

function startsLineComment(sql: string, at: number, dialect: Dialect): boolean {
  if (dialect === "mysql" && sql[at] === "#") return true;
  if (!sql.startsWith("--", at)) return false;
  return dialect !== "mysql" || (sql[at + 2] ?? " ") <= " ";
}

function behindNested(sql: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < sql.length) {
    if (sql.startsWith("/*", at)) {
      depth += 1;
      at += 2;
    } else if (sql.startsWith("*/", at)) {
      depth -= 1;
      at += 2;
      if (depth === 0) return at;
    } else at += 1;
  }
  return sql.length;
}

function behindQuoted(sql: string, from: number, escapes: boolean): number {
  const quote = sql[from];
  let at = from + 1;
  while (at < sql.length) {
    if (escapes && sql[at] === "\\") at += 2;
    else if (sql[at] !== quote) at += 1;
    else if (sql[at + 1] === quote) at += 2;
    else return at + 1;
  }
  return sql.length;
}

function behindDollar(sql: string, at: number, behind: (needle: string, from: number) => number): number {
  const tag = /^\$([\p{L}_][\p{L}\p{N}_]*)?\$/u.exec(sql.slice(at))?.[0];
  return tag === undefined ? at + 1 : behind(tag, at + tag.length);
}
