// Backfills in words and shares, what can be done with one where it stands, and what the address of their list holds. Pure.

import { count, duration } from "./format";
import { lengthWords } from "./zones";

export const BACKFILL_STATES = ["running", "paused", "succeeded", "partial", "failed", "cancelled"] as const;
export type BackfillState = (typeof BACKFILL_STATES)[number];

export interface BackfillSearch {
  /** Id or name. */
  series?: string;
  state?: BackfillState;
  /** The backfill that the page begins behind. */
  before?: string;
}

/** What stands in the address, without what does not belong there. */
export function backfillSearch(search: Record<string, unknown>): BackfillSearch {
  const kept: BackfillSearch = {};
  for (const key of ["series", "before"] as const) {
    const value = search[key];
    // A name of digits comes as a number.
    if ((typeof value === "string" && value !== "") || typeof value === "number") kept[key] = String(value);
  }
  if (BACKFILL_STATES.includes(search.state as BackfillState)) kept.state = search.state as BackfillState;
  return kept;
}

export type BackfillAct = "pause" | "resume" | "retry" | "cancel";

interface Standing {
  state?: BackfillState | null;
  chunks: number;
  done: number;
  failed: readonly number[];
  open: number;
}

/** Whether it has not ended. */
export function isOpen({ state }: Pick<Standing, "state">): boolean {
  return state === "running" || state === "paused";
}

/** What makes sense where it stands. One that a person ended stays as it is. */
export function actsOf({ state, failed }: Pick<Standing, "state" | "failed">): BackfillAct[] {
  const acts: BackfillAct[] = [];
  if (state === "running") acts.push("pause");
  if (state === "paused") acts.push("resume");
  if (failed.length > 0 && state !== "cancelled") acts.push("retry");
  if (isOpen({ state: state ?? null })) acts.push("cancel");
  return acts;
}

interface Told extends Standing {
  id?: string | null;
  series_id: string;
  ended_at?: string | null;
}

/** Those that need a person: the paused ones, and of each series the newest one when its chunks failed and it ended after `since`. Newest first. */
export function needing<T extends Told>(newestFirst: readonly T[], paused: readonly T[], since: number): T[] {
  const seen = new Set<string>();
  const newest = newestFirst.filter(({ series_id: series }) => !seen.has(series) && seen.add(series));
  const ended = newest.filter(({ failed, ended_at: at, state }) => failed.length > 0 && state !== "cancelled" && at != null && Date.parse(at) >= since);
  return [...paused, ...ended];
}

/** How much of its chunks are done and failed, in percent; what is not nothing can be seen. */
export function shares({ chunks, done, failed }: Pick<Standing, "chunks" | "done" | "failed">): { done: number; failed: number } {
  const share = (part: number) => (part === 0 || chunks === 0 ? 0 : Math.max((part / chunks) * 100, 1));
  const bad = share(failed.length);
  return { done: Math.min(share(done), 100 - bad), failed: bad };
}

/** `12 of 100 chunks done, 2 failed, 1 on its way`. */
export function chunkWords({ chunks, done, failed, open }: Omit<Standing, "state">): string {
  const parts = [`${count(done)} of ${count(chunks)} ${chunks === 1 ? "chunk" : "chunks"} done`];
  if (failed.length > 0) parts.push(`${count(failed.length)} failed`);
  if (open > 0) parts.push(`${count(open)} on ${open === 1 ? "its" : "their"} way`);
  return parts.join(", ");
}

/** What one chunk reads, as the API tells it. */
export interface Bounds {
  number: number;
  from: string;
  to?: string | null;
}

/** The length of a chunk: seconds of times, else units of the cursor. */
export type ChunkLength = { seconds: number } | { units: number };

/** Whether a value of a cursor looks like a date or a time. */
export function looksLikeTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\d/.test(text.trim());
}

function distance(from: string, to: string): ChunkLength | undefined {
  if (/^-?\d+$/.test(from) && /^-?\d+$/.test(to)) return { units: Number(BigInt(to) - BigInt(from)) };
  if (!looksLikeTime(from) || !looksLikeTime(to)) return undefined;
  const ms = parsed(to) - parsed(from);
  return Number.isNaN(ms) ? undefined : { seconds: ms / 1_000 };
}

/** A time without a zone is taken for UTC: only distances are told. */
function parsed(text: string): number {
  const iso = text.trim().replace(" ", "T");
  return Date.parse(iso.length === 10 || /[zZ]|[+-]\d\d(:?\d\d)?$/.test(iso.slice(10)) ? iso : `${iso}Z`);
}

/** How long the chunks of a plan of `all` are: of slots their distance. The last one may be shorter; undefined where nothing tells, or they differ. */
export function chunkLength(chunks: readonly Bounds[], all: number): ChunkLength | undefined {
  const whole = chunks.filter(({ number }) => number < all - 1 || all === 1);
  const lengths = whole.map((chunk) => {
    if (chunk.to != null) return distance(chunk.from, chunk.to);
    const next = chunks.find(({ number }) => number === chunk.number + 1);
    return next && distance(chunk.from, next.from);
  });
  const known = lengths.filter((length) => length !== undefined);
  return new Set(known.map((length) => JSON.stringify(length))).size === 1 ? known[0] : undefined;
}

/** Beyond so many of a unit a length is told in several. */
const MANY = 1_000;

/** `15 minutes`, `about 43 h 26 min`, `1 000 values`. */
export function chunkLengthWords(length: ChunkLength): string {
  if ("seconds" in length) {
    const exact = lengthWords(Math.round(length.seconds));
    return Number.parseInt(exact, 10) < MANY ? exact : `about ${duration(length.seconds * 1_000)}`;
  }
  return `${count(length.units)} ${length.units === 1 ? "value" : "values"}`;
}
