// What the runs of a while say about each series. Pure.

import type { RunStatus } from "./runSearch";

export interface Counted {
  series_id: string;
  series_name: string;
  status: RunStatus;
  runs: number;
  /** Ids are in the order of time. */
  last_run_id: string;
}

/**
 * How a series fares: `failing`: its newest run failed; `partial`: its newest run has rejects; `empty`: it found no row at all;
 * `recovered`: it failed or had rejects, and its newest run is fine.
 */
export type Faring = "failing" | "partial" | "empty" | "recovered";

export interface Fares {
  id: string;
  name: string;
  faring: Faring;
  /** How many runs gave the reason. */
  runs: number;
  /** The newest run that gave it. */
  run: string;
  status: RunStatus;
}

const ENDED: readonly RunStatus[] = ["succeeded", "empty", "partial", "failed", "abandoned"];
const ORDER: readonly Faring[] = ["failing", "partial", "empty", "recovered"];

/** The series of which somebody should know, worst first; the others are left out. */
export function faring(counts: readonly Counted[]): Fares[] {
  const bySeries = new Map<string, Counted[]>();
  for (const count of counts) {
    if (ENDED.includes(count.status)) bySeries.set(count.series_id, [...(bySeries.get(count.series_id) ?? []), count]);
  }
  const found: Fares[] = [];
  for (const [id, all] of bySeries) {
    const of = (status: RunStatus) => all.find((one) => one.status === status);
    const newest = all.reduce((last, one) => (one.last_run_id > last.last_run_id ? one : last));
    const tell = (faring: Faring, why: Counted | undefined) => {
      if (why) found.push({ id, name: newest.series_name, faring, runs: why.runs, run: why.last_run_id, status: why.status });
    };
    if (newest.status === "failed" || newest.status === "abandoned") tell("failing", newest);
    else if (newest.status === "partial") tell("partial", newest);
    else if (of("failed") ?? of("partial")) tell("recovered", of("failed") ?? of("partial"));
    else if (newest.status === "empty" && !of("succeeded")) tell("empty", newest);
  }
  return found.sort((a, b) => ORDER.indexOf(a.faring) - ORDER.indexOf(b.faring) || a.name.localeCompare(b.name));
}

/** How many runs there were per status, over all series. */
export function perStatus(counts: readonly Counted[]): Map<RunStatus, number> {
  const sums = new Map<RunStatus, number>();
  for (const { status, runs } of counts) sums.set(status, (sums.get(status) ?? 0) + runs);
  return sums;
}

/** What a new house lacks, in the order in which it is built. */
export const STEPS = ["connection", "database", "series", "group"] as const;
export type Step = (typeof STEPS)[number];

/** The first step that is not done; undefined when all are. */
export function nextStep(done: Record<Step, boolean>): Step | undefined {
  return STEPS.find((step) => !done[step]);
}

/** A connection, as far as its health is told. */
export interface Healthy {
  default: boolean;
  gone: boolean;
  state: "verified" | "unverified" | "failing";
}

/** Rows of a list of health that is looked at from afar; more that need somebody are counted. */
export const ROWS = 6;

/** The default first, then those that need somebody, then others while there is room; and how many are left, by state. */
export function inSight<T extends Healthy>(all: readonly T[], rows = ROWS): { shown: T[]; left: { state: string; many: number }[] } {
  const rank = (one: T) => (one.default ? 0 : one.gone || one.state === "failing" ? 1 : one.state === "unverified" ? 2 : 3);
  const sorted = [...all].sort((a, b) => rank(a) - rank(b));
  const left = new Map<string, number>();
  for (const one of sorted.slice(rows)) {
    const state = one.gone ? "gone" : one.state;
    left.set(state, (left.get(state) ?? 0) + 1);
  }
  return { shown: sorted.slice(0, rows), left: [...left].map(([state, many]) => ({ state, many })) };
}

/** What the runs of one slot of a group came to. */
export interface SlotSum {
  slot: string;
  rows: number;
  /** The worst of its runs; a slot that still runs is `running`. */
  status: RunStatus;
  /** The run that says so. */
  run: string;
}

const WORST: readonly RunStatus[] = ["running", "queued", "failed", "abandoned", "partial", "missed", "cancelled", "skipped", "succeeded", "empty"];

interface Ran {
  id: string;
  slot: string;
  status: RunStatus;
  series_id: string;
  figures: { rows_read?: number };
}

/** The slots of these runs, newest first: of each series the last try counts. */
export function slotSums(runs: readonly Ran[]): SlotSum[] {
  const slots = new Map<string, Map<string, Ran>>();
  for (const run of runs) {
    const tries = slots.get(run.slot) ?? new Map<string, Ran>();
    const known = tries.get(run.series_id);
    if (known === undefined || known.id < run.id) tries.set(run.series_id, run);
    slots.set(run.slot, tries);
  }
  const sums: SlotSum[] = [];
  for (const [slot, tries] of slots) {
    const all = [...tries.values()].sort((a, b) => WORST.indexOf(a.status) - WORST.indexOf(b.status));
    const [worst] = all;
    if (worst) sums.push({ slot, rows: all.reduce((sum, run) => sum + (run.figures.rows_read ?? 0), 0), status: worst.status, run: worst.id });
  }
  return sums.sort((a, b) => b.slot.localeCompare(a.slot));
}
