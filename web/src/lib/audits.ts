// Audits in words and shares, and what the address of their list holds. Pure.

import { count } from "./format";

export type AuditState = "running" | "agrees" | "differs" | "failed" | "cancelled";
export type Every = "hour" | "day";

export interface AuditSearch {
  /** Id or name. */
  series?: string;
  /** The audit that the page begins behind. */
  before?: string;
}

/** What stands in the address, without what does not belong there. */
export function auditSearch(search: Record<string, unknown>): AuditSearch {
  const kept: AuditSearch = {};
  for (const key of ["series", "before"] as const) {
    const value = search[key];
    // A name of digits comes as a number.
    if ((typeof value === "string" && value !== "") || typeof value === "number") kept[key] = String(value);
  }
  return kept;
}

/** `1 hour`, `24 hours`, `31 days`. */
export function intervals(many: number, every: Every): string {
  return `${count(many)} ${every}${many === 1 ? "" : "s"}`;
}

interface Told {
  from: string;
  to: string;
  every: Every;
  state: AuditState;
  compared: number;
  differing: number;
  progress: { at?: string | null; rows: number };
}

/** How much of its range is counted, in percent. */
export function counted({ from, to, progress, state }: Pick<Told, "from" | "to" | "progress" | "state">): number {
  if (state === "agrees" || state === "differs") return 100;
  if (progress.at == null) return 0;
  const [begin, end] = [Date.parse(from), Date.parse(to)];
  return Math.min(Math.max(((Date.parse(progress.at) - begin) / (end - begin)) * 100, 0), 100);
}

/** What it found, or how far it has come, in a line. */
export function foundWords(audit: Told): string {
  const { state, compared, differing, every, progress } = audit;
  if (state === "agrees" && compared === 1) return `The only ${every} agrees`;
  if (state === "agrees") return `All ${intervals(compared, every)} agree`;
  if (state === "differs") return `${count(differing)} of ${intervals(compared, every)} ${differing === 1 ? "differs" : "differ"}`;
  const rows = `${count(progress.rows)} ${progress.rows === 1 ? "row" : "rows"} read`;
  return state === "running" ? `${Math.floor(counted(audit))} % compared, ${rows}` : `Ended before its end, ${rows}`;
}

interface Different {
  from: string;
  to: string;
  rows: number;
  points_expected: number;
  points: number;
  missing: number;
  surplus: number;
  rejected: number;
  sums: readonly { measurement: string; field: string; expected: number; found: number }[];
  mendable: boolean;
}

/** What reading the rows again does about the differences. `byHand`: intervals that lack points and that no range of the cursor tells. */
export function mending(differences: readonly Different[]): { byHand: number; surplus: number; missing: number; rejected: number } {
  const sum = (of: (one: Different) => number) => differences.reduce((all, one) => all + of(one), 0);
  return {
    byHand: sum(({ mendable, missing, sums }) => (!mendable && (missing > 0 || sums.length > 0) ? 1 : 0)),
    surplus: sum(({ surplus }) => surplus),
    missing: sum(({ missing }) => missing),
    rejected: sum(({ rejected }) => rejected),
  };
}

export type Cell = "agrees" | "differs" | "open";

/** The range in at most `most` equal parts, oldest first: whether anything in a part differs; open where it was not compared. */
export function strip(audit: Told, differences: readonly Pick<Different, "from" | "to">[], most: number): { from: number; to: number; look: Cell }[] {
  const [begin, end] = [Date.parse(audit.from), Date.parse(audit.to)];
  const step_ms = audit.every === "hour" ? 3_600_000 : 86_400_000;
  const parts = Math.max(1, Math.min(most, Math.ceil((end - begin) / step_ms)));
  const isOver = audit.state === "agrees" || audit.state === "differs";
  const size = (end - begin) / parts;
  const cells = Array.from({ length: parts }, (_, at) => ({ from: begin + at * size, to: begin + (at + 1) * size, look: (isOver ? "agrees" : "open") as Cell }));
  for (const { from, to } of differences) {
    const first = Math.max(0, Math.floor((Date.parse(from) - begin) / size));
    // What ends where a part begins is not in it.
    const last = Math.min(parts - 1, Math.ceil((Date.parse(to) - begin) / size) - 1);
    for (const cell of cells.slice(first, Math.max(first, last) + 1)) cell.look = "differs";
  }
  return cells;
}

const HEAD = ["from", "to", "rows", "points_expected", "points", "missing", "surplus", "rejected", "sums", "mendable"];

/** The differences as a CSV table (RFC 4180); sums as `measurement.field expected/found`. */
export function csvOf(differences: readonly Different[]): string {
  const lines = differences.map((one) => {
    const sums = one.sums.map(({ measurement, field, expected, found }) => `${measurement}.${field} ${expected}/${found}`).join("; ");
    return [one.from, one.to, one.rows, one.points_expected, one.points, one.missing, one.surplus, one.rejected, sums, one.mendable].map(cell).join(",");
  });
  return [HEAD.join(","), ...lines].map((line) => `${line}\r\n`).join("");
}

function cell(value: string | number | boolean): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Most intervals of one audit. */
export const MOST_INTERVALS = 20_000;

/** About how many intervals a range has; undefined while it is none. */
export function about(from: string | undefined, to: string | undefined, every: Every, now: number): number | undefined {
  const [begin, end] = [from === undefined ? Number.NaN : Date.parse(from), to === undefined ? now : Date.parse(to)];
  if (!(begin < end)) return undefined;
  return Math.ceil((end - begin) / (every === "hour" ? 3_600_000 : 86_400_000));
}
