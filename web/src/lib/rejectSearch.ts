// What the address of the list of rejects holds. Pure.

/** Of one series or of one run, never both. */
export interface RejectSearch {
  /** Id or name. */
  series?: string;
  run?: string;
}

/** What stands in the address, without what does not belong there. */
export function rejectSearch(search: Record<string, unknown>): RejectSearch {
  const text = (value: unknown) => ((typeof value === "string" && value !== "") || typeof value === "number" ? String(value) : undefined);
  const [run, series] = [text(search.run), text(search.series)];
  // A run is of one series anyway.
  if (run !== undefined) return { run };
  return series === undefined ? {} : { series };
}

/** What is done with rejects is done run by run: the rows that are meant, by run. */
export function byRun(chosen: readonly { run_id: string; row: number }[]): { run: string; rows: number[] }[] {
  const runs = new Map<string, number[]>();
  for (const { run_id: run, row } of chosen) runs.set(run, [...(runs.get(run) ?? []), row]);
  return [...runs].map(([run, rows]) => ({ run, rows }));
}

/** What came of sending several sets again. */
export function summed<T extends Record<string, number>>(parts: readonly T[], none: T): T {
  const sum: Record<string, number> = { ...none };
  for (const part of parts) for (const [name, value] of Object.entries(part)) sum[name] = (sum[name] ?? 0) + value;
  return sum as T;
}

function lines(many: number): string {
  return `${many} ${many === 1 ? "line" : "lines"}`;
}

/** What came of sending rejects again, in words. */
export function resentWords({ written, still_rejected: again, cut, without_line: without }: { written: number; still_rejected: number; cut: number; without_line: number }): string {
  const parts = [
    written > 0 && `${lines(written)} written`,
    again > 0 && `${lines(again)} refused again, with the reason of now`,
    cut > 0 && `${lines(cut)} too long to be kept whole: run the series again for ${cut === 1 ? "its row" : "their rows"}`,
    without > 0 && `${without} ${without === 1 ? "row" : "rows"} never became a line: mend the mapping and run the series again`,
  ].filter((part) => part !== false);
  if (parts.length === 0) return "There was nothing to send";
  const text = parts.join("; ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
