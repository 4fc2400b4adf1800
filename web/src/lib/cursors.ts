// Which column of a result tells new rows from old ones, and what the settings of an incremental series mean in words. Pure.

import { count } from "./format";
import { distinct, type ResultColumn } from "./roles";
import type { ValueKind } from "./values";
import { lengthWords } from "./zones";

export type FenceChoice = "transactions" | "transaction_id" | "lag";
export type NullCursor = "exclude" | "fail" | "sweep";
export type WhenFull = "stop" | "count";

/** A column with the database's own name of its type. */
export interface CursorColumn extends ResultColumn {
  native: string;
}

const TIMES: ReadonlySet<ValueKind> = new Set(["date", "timestamp", "instant"]);
const CHANGED = /^(updated|modified|changed|last_?(updated|modified|changed))(_at|_on|_time|_ts)?$|(^|_)(updated|modified|changed)(_at|_on)?$/i;
const MADE = /^(created|inserted|added|recorded|ordered|measured)(_at|_on|_time|_ts)?$|_(at|on|ts|time)$|^(ts|time|timestamp)$/i;
const NUMBERED = /^(id|nr|no|number|seq|rowid)$|(_id|_nr|_no|_seq)$/i;

/** Whether distances between its values are lengths of time. */
export function isTime(kind: ValueKind | undefined): boolean {
  return kind !== undefined && TIMES.has(kind);
}

/** Whether its values are, or as the texts of SQLite may be, times that say no zone. */
export function lacksZone(kind: ValueKind | undefined): boolean {
  return kind === "date" || kind === "timestamp" || kind === "text";
}

export function isTransactionId(column: CursorColumn | undefined): boolean {
  return column?.native.toLowerCase() === "xid8";
}

/** Why a column cannot tell new rows from old ones; undefined when it can. `oneWriter`: the database lets one transaction write at a time. */
export function unfit(column: CursorColumn, oneWriter: boolean, fence: FenceChoice = "transactions"): string | undefined {
  const { name, kind } = column;
  if (kind === "json" || kind === "time") return `${name} cannot be the cursor: ${kind === "json" ? "JSON has no order" : "times of day begin again every day"}.`;
  if (kind === "boolean") return `${name} cannot be the cursor: it has two values only.`;
  if (fence === "transaction_id") {
    if (isTransactionId(column) || kind === "integer" || kind === "decimal") return undefined;
    return `${name} holds no transaction ids: choose a column of PostgreSQL's type xid8, or another fence below.`;
  }
  if (isTransactionId(column)) return `${name} holds transaction ids: choose the fence by transaction id below.`;
  if (isTime(kind) || kind === "integer" || kind === "unsigned" || oneWriter) return undefined;
  return `${name} cannot be the cursor: of a column of type ${kind} nobody can tell below which value nothing new appears. Take a whole number, a date or a time.`;
}

/** What to know of a column that can be the cursor. */
export function cursorDoubt(column: CursorColumn, values: readonly unknown[]): string | undefined {
  const { name, kind } = column;
  const nulls = values.filter((value) => value === null || value === undefined).length;
  if (nulls > 0) return `${count(nulls)} of the ${count(values.length)} rows below have no ${name}: no cursor ever passes them. Choose below what becomes of them.`;
  if (kind === "date") return `${name} is a day: the rows of a day are read when it is over.`;
  if ((kind === "integer" || kind === "unsigned") && NUMBERED.test(name)) return `${name} tells rows that are new. A row that is changed later keeps its ${name} and is not read again.`;
  if (isTime(kind) && !CHANGED.test(name) && MADE.test(name)) return `If ${name} stays as it is when a row is changed, changes are not seen: only new rows are.`;
  return undefined;
}

/** The column that most probably tells new rows from old ones, with what tells rows of one value apart. */
export function suggestedCursor(columns: readonly CursorColumn[], rows: readonly (readonly unknown[])[], oneWriter: boolean): { cursor: string; key: string[] } | undefined {
  const points = columns.map((column): number => {
    if (isTransactionId(column)) return 6;
    if (unfit(column, oneWriter) !== undefined) return 0;
    if (isTime(column.kind) && column.kind !== "date") return CHANGED.test(column.name) ? 5 : MADE.test(column.name) ? 2 : 1;
    if (column.kind === "integer" || column.kind === "unsigned") return NUMBERED.test(column.name) && isGrowing(columns, rows, column) ? (/^(id|rowid)$/i.test(column.name) ? 4 : 3) : 0;
    // Text that looks like the time of a change, where the database has no type of its own for times.
    return oneWriter && column.kind === "text" && CHANGED.test(column.name) ? 4.5 : 0;
  });
  const best = Math.max(0, ...points);
  const column = best === 0 ? undefined : columns[points.indexOf(best)];
  return column && { cursor: column.name, key: suggestedKey(columns, rows, column.name) };
}

/** What tells rows of one cursor value apart: the column that looks like the number of a row. Nothing when the cursor is such a number itself. */
export function suggestedKey(columns: readonly CursorColumn[], rows: readonly (readonly unknown[])[], cursor: string): string[] {
  const numbers = columns.filter((column) => isRowNumber(columns, rows, column));
  if (numbers.some(({ name }) => name === cursor)) return [];
  const best = numbers.find(({ name }) => /^(id|uuid|guid)$/i.test(name)) ?? numbers[0];
  return best ? [best.name] : [];
}

/** Every row has one of its own, and it is called like that. */
function isRowNumber(columns: readonly CursorColumn[], rows: readonly (readonly unknown[])[], column: CursorColumn): boolean {
  const isNumber = ["integer", "unsigned", "uuid", "text"].includes(column.kind);
  const values = valuesOf(columns, rows, column);
  return isNumber && (NUMBERED.test(column.name) || column.kind === "uuid") && distinct(values) === values.length;
}

function isGrowing(columns: readonly CursorColumn[], rows: readonly (readonly unknown[])[], column: CursorColumn): boolean {
  const values = valuesOf(columns, rows, column);
  return distinct(values) === values.length;
}

function valuesOf(columns: readonly CursorColumn[], rows: readonly (readonly unknown[])[], column: CursorColumn): unknown[] {
  const at = columns.indexOf(column);
  return rows.map((row) => row[at]);
}

/** What a run of an incremental series reads. */
export function cursorWords(cursor: string, start: string | undefined): string {
  const first = start === undefined || start === "" ? "The first run reads all of them." : `The first run begins at ${start}.`;
  return `Each run reads the rows whose ${cursor === "" ? "cursor" : cursor} is higher than what was delivered before. ${first} A run that is repeated gives the same points.`;
}

export const FENCE_WORDS: Record<FenceChoice, { label: string; about: string }> = {
  transactions: {
    label: "Exact: up to the oldest open transaction",
    about: "What a transaction that is still open may add is left for the next run. Exact where writers take the value from the database: now(), a sequence, AUTO_INCREMENT.",
  },
  transaction_id: {
    label: "Exact: by transaction id",
    about: "The cursor is a column of PostgreSQL's type xid8, filled by pg_current_xact_id(). Exact whoever writes, and no right is needed.",
  },
  lag: {
    label: "By age",
    about: "Rows are left alone until they are this old by the database's clock. For replicas, and databases that do not tell their transactions. What comes later than that needs an overlap.",
  },
};

/** The fence as it was chosen, in a line. */
export function fenceWords(fence: FenceChoice, lagS: number): string {
  if (fence === "lag") return `by age: rows are left alone until they are ${lengthWords(lagS)} old`;
  return fence === "transactions" ? "exact: up to the oldest open transaction" : "exact: by transaction id";
}

export const NULL_WORDS: Record<NullCursor, string> = {
  exclude: "are left out; each run counts them and warns",
  fail: "make the run fail",
  sweep: "are read by every run, after the others",
};

/** How far behind the cursor rows are read again. */
export function overlapWords(overlap: number, kind: ValueKind | undefined): string {
  if (overlap === 0) return "none";
  return isTime(kind) ? lengthWords(overlap) : count(overlap);
}
