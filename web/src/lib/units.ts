// Numbers of a chart with a unit that the viewer chose: a database keeps none. Pure.

import { measured } from "./figures";

export type Unit = "none" | "short" | "bytes" | "percent" | "ms" | "s";

export const UNITS: Record<Unit, string> = {
  none: "As it is", short: "Thousands, millions", bytes: "Bytes", percent: "Percent", ms: "Milliseconds", s: "Seconds",
};

const THIN = "\u2009";
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 4 });

/** A value with its unit, as short as it stays exact to four digits. */
export function withUnit(value: number | null, unit: Unit): string {
  if (value === null) return measured(value);
  switch (unit) {
    case "none":
      return measured(value);
    case "short":
      return SHORT.format(value);
    case "bytes":
      return stepped(value, 1_000, ["B", "kB", "MB", "GB", "TB", "PB"]);
    case "percent":
      return `${measured(value)}${THIN}%`;
    case "ms":
      return time(value);
    case "s":
      return time(value * 1_000);
  }
}

function time(ms: number): string {
  const size = Math.abs(ms);
  if (size < 1_000) return `${digits(ms)}${THIN}ms`;
  if (size < 60_000) return `${digits(ms / 1_000)}${THIN}s`;
  if (size < 3_600_000) return `${digits(ms / 60_000)}${THIN}min`;
  return size < 86_400_000 ? `${digits(ms / 3_600_000)}${THIN}h` : `${digits(ms / 86_400_000)}${THIN}d`;
}

function stepped(value: number, step: number, units: string[]): string {
  let [rest, at] = [value, 0];
  while (Math.abs(rest) >= step && at < units.length - 1) [rest, at] = [rest / step, at + 1];
  return `${digits(rest)}${THIN}${units[at]}`;
}

function digits(value: number): string {
  return String(Number(value.toPrecision(4)));
}
