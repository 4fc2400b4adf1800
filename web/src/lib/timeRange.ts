// Stretches of time that people look at: the last so-and-so-long, or from here to there. Pure.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const LENGTHS = {
  "15m": 15 * MINUTE, "1h": HOUR, "3h": 3 * HOUR, "6h": 6 * HOUR, "12h": 12 * HOUR, "24h": DAY, "2d": 2 * DAY, "7d": 7 * DAY, "30d": 30 * DAY,
} as const;

/** A stretch that ends now. */
export type RangeName = keyof typeof LENGTHS;

export const RANGES: Record<RangeName, string> = {
  "15m": "Last 15 minutes", "1h": "Last hour", "3h": "Last 3 hours", "6h": "Last 6 hours", "12h": "Last 12 hours", "24h": "Last 24 hours",
  "2d": "Last 2 days", "7d": "Last 7 days", "30d": "Last 30 days",
};

export const DEFAULT_RANGE: RangeName = "1h";

export const RANGE_NAMES = Object.keys(LENGTHS) as RangeName[];

export function isRange(value: unknown): value is RangeName {
  return typeof value === "string" && Object.hasOwn(LENGTHS, value);
}

/** RFC 3339, `[from, to)`. */
export interface Span {
  from: string;
  to: string;
}

export interface Chosen {
  range?: RangeName;
  from?: string;
  to?: string;
}

/** The stretch that is meant, at `now`. What arrives within this second is in it. */
export function spanOf({ range, from, to }: Chosen, now: number): Span {
  if (from !== undefined && to !== undefined) return { from, to };
  const end = now + 1_000;
  return { from: new Date(end - LENGTHS[range ?? DEFAULT_RANGE]).toISOString(), to: new Date(end).toISOString() };
}

/** The next longer stretches to try when one holds nothing. */
export function wider({ range, from, to }: Chosen): RangeName[] {
  const length = from !== undefined && to !== undefined ? 0 : LENGTHS[range ?? DEFAULT_RANGE];
  const longer = RANGE_NAMES.filter((name) => LENGTHS[name] > length);
  const tried = new Set([longer.find((name) => LENGTHS[name] >= DAY), longer.at(-1)]);
  return [...tried].filter((name) => name !== undefined);
}

/** A stretch of the same middle, `times` as long; never beyond what a date can say. */
export function stretched({ from, to }: Span, times: number): Span {
  const [begin, end] = [Date.parse(from), Date.parse(to)];
  const more = ((end - begin) * (times - 1)) / 2;
  const within = (ms: number) => new Date(Math.min(Math.max(ms, Date.UTC(1678)), Date.UTC(2262))).toISOString();
  return { from: within(begin - more), to: within(end + more) };
}

/** An instant as `<input type="datetime-local">` takes it, in the viewer's zone. */
export function localInput(iso: string): string {
  const at = new Date(iso);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${String(at.getFullYear()).padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** What such a field holds, as an instant. */
export function fromLocalInput(text: string): string | undefined {
  const at = new Date(text);
  return text === "" || Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
