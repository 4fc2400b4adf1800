// Lengths of time as Go programs write them: `5s`, `1m30s`, `1.5h`.

const MS: Record<string, number> = { ns: 1e-6, us: 1e-3, "µs": 1e-3, "μs": 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const LONGEST_MS = 3_600_000;

/** A length in milliseconds, rounded up; `undefined` when it is none. */
export function millis(text: string): number | undefined {
  const rest = text.trim().replace(/^\+/, "");
  if (rest === "0") return 0;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d))+$/.test(rest)) return undefined;
  let sum = 0;
  for (const [, number = "", unit = ""] of rest.matchAll(/([\d.]+)(ns|us|µs|μs|ms|s|m|h|d)/g)) sum += Number(number) * (MS[unit] ?? 0);
  return Math.ceil(sum);
}

/** A length as the time limit of a request, with what is to be said about it. */
export function timeLimit(length: number): { ms?: number; note?: string } {
  if (length === 0) return { note: "no time limit is not possible: the usual one is taken" };
  if (length <= LONGEST_MS) return { ms: length };
  return { ms: LONGEST_MS, note: "a time limit is one hour at most: one hour is taken" };
}
