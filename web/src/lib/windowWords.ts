// What a run of a series reads, in a sentence with an example. Pure.

import { lengthWords, localTime } from "./zones";

export interface WindowSettings {
  mode: "snapshot" | "window";
  /** In seconds; undefined when the window begins where the one before ended. */
  length_s: number | undefined;
  lag_s: number;
}

/** What mode, length and lag mean. */
export function windowWords({ mode, length_s: length, lag_s: lag }: WindowSettings): string {
  if (mode === "snapshot") return "Each run reads what the query answers at that moment. Points without a time column get the slot's time.";
  const end = lag === 0 ? "at the slot" : `${lengthWords(lag)} before the slot`;
  const begin = length === undefined ? "begins where the window of the slot before ended, so that no row is read twice or left out" : `is ${lengthWords(length)} long`;
  return `Each run reads a window of time that ends ${end} and ${begin}. Running a slot again gives the same points.`;
}

/** The window of one slot, if it has a length. */
export function windowOf({ mode, length_s: length, lag_s: lag }: WindowSettings, slot: number): { start: string; end: string } | undefined {
  if (mode === "snapshot" || length === undefined) return undefined;
  const end = slot - lag * 1_000;
  return { start: new Date(end - length * 1_000).toISOString(), end: new Date(end).toISOString() };
}

/** One window as an example, in the viewer's zone. The day stands only where it differs. */
export function exampleWords(slot: string, window: { start: string; end: string }, zone?: string): string {
  const [at, start, end] = [slot, window.start, window.end].map((instant) => localTime(instant, zone)) as [string, string, string];
  const short = (instant: string) => (instant.slice(0, 10) === at.slice(0, 10) ? instant.slice(11) : instant);
  return `The run of ${at.slice(11)} reads from ${short(start)} up to, not including, ${short(end)}.`;
}
