// What an InfluxDB answered, as lines of a chart and as tables. Pure.

/** What a column of an answer holds, as the API names it. */
export type FrameKind = "time" | "boolean" | "integer" | "unsigned" | "float" | "number" | "text";

export interface FrameColumn {
  name: string;
  type: FrameKind;
}

/** Rows of one series: they have its tags in common. */
export interface Frame {
  name: string;
  tags: Record<string, string>;
  columns: FrameColumn[];
  rows: unknown[][];
}

export interface ChartLine {
  label: string;
  field: string;
  /** The values of its tags; empty when it has none. */
  of: string;
  values: (number | null | undefined)[];
}

export interface ChartLines {
  /** Seconds since 1970, ascending. */
  times: number[];
  /** A value is undefined where another line has a point, and null where one is missing. */
  lines: ChartLine[];
  /** How many lines there are, those beyond the limit included. */
  all: number;
}

/** Most lines that a chart draws: beyond, nobody tells them apart. */
export const MAX_LINES = 40;

const NUMBERS: ReadonlySet<FrameKind> = new Set(["integer", "unsigned", "float", "number"]);
/** Columns that say what a row is about when nobody says which are tags: few texts, each many times. */
const MAX_TEXTS = 20;

/** What points come at a beat by: so many of so many steps are alike. */
const [MIN_STEPS, BEAT] = [4, 0.75];

interface Points {
  tags: string;
  of: string;
  field: string;
  at: Map<number, number>;
}

/** Every numeric column of every series as a line over time. `tags` are the columns known to be tags: their values keep lines apart. */
export function chartLines(frames: readonly Frame[], tags: ReadonlySet<string>): ChartLines {
  const found = new Map<string, Points>();
  for (const frame of frames) gather(frame, tags, found);
  const drawn = [...found.values()].slice(0, MAX_LINES);
  const instants = new Set<number>();
  const missing = drawn.map(({ at }) => new Set(missingIn([...at.keys()].sort((a, b) => a - b))));
  for (const [line, { at }] of drawn.entries()) for (const time of [...at.keys(), ...(missing[line] ?? [])]) instants.add(time);
  const times = [...instants].sort((a, b) => a - b);
  const fields = new Set(drawn.map(({ field }) => field));
  const names = new Set(frames.map(({ name }) => name));
  const lines = drawn.map(({ tags: pairs, of, field, at }, line) => ({
    label: label(pairs, field, fields.size > 1 || names.size > 1),
    field,
    of,
    values: times.map((time) => at.get(time) ?? (missing[line]?.has(time) ? null : undefined)),
  }));
  return { times, lines, all: found.size };
}

/** Of points that come at a beat, where the first one is missing of those that do not come. Points without a beat miss nothing. */
function missingIn(times: number[]): number[] {
  const steps = times.slice(1).map((time, at) => time - (times[at] ?? time));
  const beat = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)];
  if (beat === undefined || steps.length < MIN_STEPS) return [];
  const onBeat = steps.filter((step) => Math.abs(step - beat) <= beat / 100).length;
  if (onBeat < steps.length * BEAT) return [];
  return steps.flatMap((step, at) => (step > beat * 1.5 ? [(times[at] ?? 0) + beat] : []));
}

function label(tags: string, field: string, isOneOfSeveral: boolean): string {
  if (tags === "") return field;
  return isOneOfSeveral ? `${field} · ${tags}` : tags;
}

function gather(frame: Frame, tags: ReadonlySet<string>, found: Map<string, Points>): void {
  const { columns, rows, name } = frame;
  const times = columns.filter(({ type }) => type === "time");
  const time = times.find((column) => column.name === "time" || column.name === "_time") ?? times[0];
  if (time === undefined) return;
  const timeAt = columns.indexOf(time);
  const texts = columns.flatMap((column, at) => (column.type === "text" && isAbout(frame, at, tags) ? [at] : []));
  // Flux has the field's name among the tags and its value in `_value`.
  const common = Object.entries(frame.tags).filter(([key, word]) => word !== "" && key !== "_field" && key !== "_measurement");
  const numbers = columns.flatMap((column, at) => (NUMBERS.has(column.type) && at !== timeAt ? [at] : []));
  for (const at of numbers) {
    const own = columns[at]?.name ?? "";
    const field = own === "_value" ? (frame.tags._field ?? own) : own;
    for (const row of rows) {
      const [when, value] = [instant(row[timeAt]), number(row[at])];
      if (when === undefined || value === undefined) continue;
      const more = texts.map((text) => [columns[text]?.name ?? "", row[text]] as const).filter(([, word]) => word !== null && word !== "");
      const pairs = [...common, ...more].map(([key, word]) => `${key}=${String(word)}`).join(" ");
      const of = [...common, ...more].map(([, word]) => String(word)).join(" · ");
      const key = `${name}\u0000${field}\u0000${pairs}`;
      const points = found.get(key) ?? { tags: pairs, of, field, at: new Map<number, number>() };
      if (points.at.size === 0) found.set(key, points);
      points.at.set(when, value);
    }
  }
}

function isAbout({ columns, rows }: Frame, at: number, tags: ReadonlySet<string>): boolean {
  const name = columns[at]?.name ?? "";
  if (tags.size > 0) return tags.has(name);
  const seen = new Set<unknown>();
  for (const row of rows) {
    seen.add(row[at]);
    if (seen.size > MAX_TEXTS) return false;
  }
  return seen.size * 2 <= rows.length;
}

/** Seconds since 1970. JavaScript's dates know milliseconds; what is finer is added. */
function instant(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined;
  const [, whole = value, fraction = ""] = /^(.*:\d\d)(\.\d+)?Z$/.exec(value) ?? [];
  const seconds = Date.parse(whole === value ? value : `${whole}Z`) / 1_000;
  return Number.isNaN(seconds) ? undefined : seconds + (fraction === "" ? 0 : Number(fraction));
}

/** A number, also of those that travel as text because they are beyond 2^53. */
function number(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || value === "") return undefined;
  const read = Number(value);
  return Number.isNaN(read) ? undefined : read;
}

export interface AnswerRows {
  /** What its rows are of; empty when there is only one. */
  title: string;
  columns: FrameColumn[];
  rows: unknown[][];
}

/** The series as few tables: those of the same columns under one another, with their tags as columns of their own. */
export function answerTables(frames: readonly Frame[]): AnswerRows[] {
  const tables = new Map<string, AnswerRows>();
  const names = new Set(frames.map(({ name }) => name));
  for (const { name, tags, columns, rows } of frames) {
    const keys = Object.keys(tags);
    const shape = JSON.stringify([name, keys, columns]);
    const table = tables.get(shape) ?? {
      title: names.size > 1 ? name : "",
      columns: [...keys.map((key): FrameColumn => ({ name: key, type: "text" })), ...columns],
      rows: [],
    };
    tables.set(shape, table);
    const words = keys.map((key) => tags[key]);
    for (const row of rows) table.rows.push(keys.length === 0 ? row : [...words, ...row]);
  }
  return [...tables.values()];
}
