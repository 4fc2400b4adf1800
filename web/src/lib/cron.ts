// A cron line, field by field. What it means and when it fires is the server's to say. Pure.

export const CRON_FIELDS = ["second", "minute", "hour", "day of month", "month", "day of week"] as const;
export type CronField = (typeof CRON_FIELDS)[number];

/** The fields of a line of five or six, with their names; empty when it has another number of them. */
export function cronFields(line: string): { name: CronField; text: string }[] {
  const texts = line.trim().split(/\s+/).filter((text) => text !== "");
  if (texts.length !== 5 && texts.length !== 6) return [];
  return CRON_FIELDS.slice(6 - texts.length).map((name, at) => ({ name, text: texts[at] ?? "" }));
}

/** Whether the line names times of day: its second, minute and hour are numbers or lists of numbers. Clock changes treat such a line otherwise. */
export function isFixed(line: string): boolean {
  const fields = cronFields(line);
  return fields.length > 0 && fields.slice(0, -3).every(({ text }) => /^[\d,]+$/.test(text));
}

/** The field that a refusal names. */
export function wrongField(message: string): CronField | undefined {
  const named = /the (second|minute|hour|day of month|month|day of week) field/.exec(message)?.[1];
  return CRON_FIELDS.find((name) => name === named);
}

/** Lines to begin with. */
export const CRON_PRESETS: { line: string; words: string }[] = [
  { line: "* * * * *", words: "Every minute" },
  { line: "*/5 * * * *", words: "Every 5 minutes" },
  { line: "*/15 * * * *", words: "Every 15 minutes" },
  { line: "0 * * * *", words: "Every hour" },
  { line: "0 */6 * * *", words: "Every 6 hours" },
  { line: "0 7 * * *", words: "Every day at 07:00" },
  { line: "0 7 * * MON-FRI", words: "Monday to Friday at 07:00" },
  { line: "0 6 * * MON", words: "Every Monday at 06:00" },
  { line: "0 3 1 * *", words: "On the first of the month at 03:00" },
];
