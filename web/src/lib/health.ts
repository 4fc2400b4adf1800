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
