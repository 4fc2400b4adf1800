// Numbers and times as people read them. Pure.

const THIN = "\u2009";

/** 5 000 000, with thin gaps. */
export function count(value: number): string {
  return Math.trunc(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, THIN);
}

/** A length of time in milliseconds: `340 ms`, `1.2 s`, `3 min 5 s`, `2 h 4 min`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}${THIN}ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)}${THIN}s`;
  const seconds = Math.round(ms / 1_000);
  const [hours, minutes, rest] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60), seconds % 60];
  if (hours > 0) return `${hours}${THIN}h${minutes > 0 ? ` ${minutes}${THIN}min` : ""}`;
  return `${minutes}${THIN}min${rest > 0 ? ` ${rest}${THIN}s` : ""}`;
}

/** Bytes: `512 B`, `1.4 MB`. */
export function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let at = 0;
  let rest = value;
  while (rest >= 1_000 && at < units.length - 1) {
    rest /= 1_000;
    at += 1;
  }
  return `${at === 0 ? rest : rest.toFixed(rest < 10 ? 1 : 0)}${THIN}${units[at]}`;
}

const DATE_TIME = new Intl.DateTimeFormat(undefined, {
  year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false,
});

/** An instant in the viewer's own zone. */
export function instant(iso: string): string {
  return DATE_TIME.format(new Date(iso));
}

const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000], ["second", 1_000]];

/** How far an instant is from `now`: `3 minutes ago`, `in 20 seconds`. */
export function fromNow(iso: string, now: number): string {
  const distance = new Date(iso).getTime() - now;
  for (const [unit, size] of STEPS) {
    if (Math.abs(distance) >= size) return RELATIVE.format(Math.trunc(distance / size), unit);
  }
  return RELATIVE.format(0, "second");
}

/** What happened and what to do, of the server: two sentences, where there is something to do. */
export function sentences(message: string, advice: string): string {
  return advice === "" ? sentence(message) : `${sentence(message)}. ${sentence(advice)}`;
}

/** Words of the server, which begin with a small letter, as a sentence of the console. */
export function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
