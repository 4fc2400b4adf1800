// What a chart says in numbers. Pure.

export interface Figures {
  /** How many values there are, gaps left out. */
  count: number;
  least: number | null;
  mean: number | null;
  most: number | null;
  last: number | null;
}

/** Count, least, mean, most and last of what is no gap. */
export function figuresOf(values: readonly (number | null | undefined)[]): Figures {
  let [count, sum] = [0, 0];
  let least: number | null = null;
  let most: number | null = null;
  let last: number | null = null;
  for (const value of values) {
    if (value === null || value === undefined || Number.isNaN(value)) continue;
    count += 1;
    sum += value;
    least = least === null || value < least ? value : least;
    most = most === null || value > most ? value : most;
    last = value;
  }
  return { count, least, mean: count === 0 ? null : sum / count, most, last };
}

const PRECISE = new Intl.NumberFormat("en", { maximumSignificantDigits: 6, useGrouping: false });

/** A measured value: at most six significant digits. */
export function measured(value: number | null): string {
  return value === null ? "–" : PRECISE.format(value);
}
