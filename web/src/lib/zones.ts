// Time zones and lengths of time, in words. Pure.

/** Every zone that this browser knows, UTC first. */
export function zones(): string[] {
  const known = Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC" && !zone.startsWith("Etc/"));
  return ["UTC", ...known];
}

/** The viewer's own zone. */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/** Minutes that a zone is ahead of UTC at an instant. */
export function offsetMinutes(zone: string, at: number): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
  }).formatToParts(at);
  const get = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const local = Date.UTC(get("year"), get("month") - 1, get("day"), get("hour"), get("minute"), get("second"));
  return Math.round((local - Math.floor(at / 1_000) * 1_000) / 60_000);
}

const DAY_MS = 86_400_000;

/** The next instant at which the clocks of a zone change, within 400 days; undefined when they do not, or when the zone is not known. */
export function nextClockChange(zone: string, now: number): { at: Date; forward: boolean } | undefined {
  try {
    let before = offsetMinutes(zone, now);
    for (let day = 1; day <= 400; day += 1) {
      const after = offsetMinutes(zone, now + day * DAY_MS);
      if (after === before) continue;
      let [low, high] = [now + (day - 1) * DAY_MS, now + day * DAY_MS];
      before = offsetMinutes(zone, low);
      while (high - low > 1_000) {
        const middle = Math.floor((low + high) / 2);
        if (offsetMinutes(zone, middle) === before) low = middle;
        else high = middle;
      }
      return { at: new Date(Math.floor(high / 1_000) * 1_000), forward: after > before };
    }
  } catch {
    // A zone that this browser does not know has no notes; the server knows it better.
  }
  return undefined;
}

const UNITS: [number, string][] = [[86_400, "day"], [3_600, "hour"], [60, "minute"], [1, "second"]];

/** `1 hour`, `90 seconds`, `5 minutes`: in the largest unit that is whole. */
export function lengthWords(seconds: number): string {
  const [size, word] = UNITS.find(([unit]) => seconds % unit === 0) ?? [1, "second"];
  const number = seconds / size;
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

/** An instant in a zone: `2026-11-21 14:05:00`. */
export function localTime(at: string | Date | number, zone?: string): string {
  const shown = new Intl.DateTimeFormat("sv-SE", {
    ...(zone === undefined ? {} : { timeZone: zone }),
    year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
  });
  return shown.format(new Date(at));
}
