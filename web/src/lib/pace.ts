// Whether the runs of a group fit between its slots. Pure.

interface Ran {
  slot: string;
  started_at?: string | null;
  finished_at?: string | null;
  trigger: string;
}

/** How long the runs of one slot took on average, in ms, over the slots that runs on schedule are known of; undefined when none is. */
export function averageSlotMs(runs: readonly Ran[]): number | undefined {
  const slots = new Map<string, number>();
  for (const { slot, started_at: began, finished_at: ended, trigger } of runs) {
    if (trigger !== "schedule" || began == null || ended == null) continue;
    slots.set(slot, (slots.get(slot) ?? 0) + Date.parse(ended) - Date.parse(began));
  }
  if (slots.size === 0) return undefined;
  return [...slots.values()].reduce((sum, ms) => sum + ms, 0) / slots.size;
}

/** The shortest time between two slots, in ms. */
export function shortestGapMs(slots: readonly { at: string }[]): number | undefined {
  const gaps = slots.slice(1).map(({ at }, before) => Date.parse(at) - Date.parse(slots[before]?.at ?? at));
  return gaps.length === 0 ? undefined : Math.min(...gaps);
}
