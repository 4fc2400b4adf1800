// What the address of the run list holds. Pure.

export const RUN_STATUSES = [
  "queued", "running", "succeeded", "empty", "partial", "failed", "skipped", "missed", "cancelled", "abandoned",
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** How far back, counted from now. */
export const RANGES = { "1h": 3_600_000, "24h": 86_400_000, "7d": 604_800_000 } as const;
export type Range = keyof typeof RANGES;

export interface RunSearch {
  /** Id or name. */
  series?: string;
  group?: string;
  /** Only its chunks. */
  backfill?: string;
  status?: RunStatus;
  range?: Range;
  /** Instants, where `range` is not enough. */
  since?: string;
  until?: string;
  /** The run that the page begins behind. */
  before?: string;
}

/** What stands in the address, without what does not belong there. */
export function runSearch(search: Record<string, unknown>): RunSearch {
  const kept: RunSearch = {};
  for (const key of ["series", "group", "backfill", "before"] as const) {
    const value = search[key];
    // A name of digits comes as a number.
    if ((typeof value === "string" && value !== "") || typeof value === "number") kept[key] = String(value);
  }
  if (RUN_STATUSES.includes(search.status as RunStatus)) kept.status = search.status as RunStatus;
  if (typeof search.range === "string" && search.range in RANGES) kept.range = search.range as Range;
  for (const key of ["since", "until"] as const) {
    const value = search[key];
    if (typeof value === "string" && !Number.isNaN(Date.parse(value))) kept[key] = new Date(value).toISOString();
  }
  if (kept.range !== undefined) delete kept.since;
  return kept;
}

/** How many narrow the list. */
export function narrowing(search: RunSearch): number {
  return [search.series, search.group, search.backfill, search.status, search.range ?? search.since ?? search.until].filter((one) => one !== undefined).length;
}

/** An instant as an `<input type="datetime-local">` holds it: the viewer's time, to the minute. */
export function localInput(iso: string | undefined): string {
  if (iso === undefined) return "";
  const at = new Date(iso);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${String(at.getFullYear()).padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The instant that such a field says; undefined while it says none. */
export function fromLocalInput(text: string): string | undefined {
  const at = new Date(text);
  return text === "" || Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
