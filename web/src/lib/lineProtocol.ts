// Line protocol, read for people: its parts, what is escaped, and which lines are one point. Pure.
//
// The grammar is that of https://docs.influxdata.com/influxdb/v1.8/write_protocols/line_protocol_reference/.

export type TokenKind = "measurement" | "tagKey" | "tagValue" | "fieldKey" | "fieldValue" | "time" | "mark" | "escape";

export interface Token {
  kind: TokenKind;
  text: string;
}

/** The parts of a line, in order; put together they are the line. */
export function tokens(line: string): Token[] {
  const reader = new Reader(line);
  reader.until("measurement", ", ");
  while (reader.mark(",")) {
    reader.until("tagKey", "=");
    reader.mark("=");
    reader.until("tagValue", ", ");
  }
  reader.mark(" ");
  do {
    reader.until("fieldKey", "=");
    reader.mark("=");
    reader.value();
  } while (reader.mark(","));
  reader.mark(" ");
  reader.rest("time");
  return reader.found;
}

class Reader {
  readonly found: Token[] = [];
  private at = 0;

  constructor(private readonly line: string) {}

  mark(text: string): boolean {
    if (this.line[this.at] !== text) return false;
    this.push("mark", text);
    return true;
  }

  /** Up to one of `ends` that no backslash stands before. */
  until(kind: TokenKind, ends: string): void {
    this.run(kind, (character) => ends.includes(character), ", =");
  }

  value(): void {
    if (this.line[this.at] !== '"') {
      this.until("fieldValue", ", ");
      return;
    }
    this.push("fieldValue", '"');
    this.run("fieldValue", (character) => character === '"', '"\\');
    if (this.line[this.at] === '"') this.push("fieldValue", '"');
  }

  rest(kind: TokenKind): void {
    this.push(kind, this.line.slice(this.at));
  }

  private run(kind: TokenKind, isEnd: (character: string) => boolean, escapable: string): void {
    let from = this.at;
    let at = this.at;
    const flush = () => {
      this.at = from;
      this.push(kind, this.line.slice(from, at));
    };
    while (at < this.line.length && !isEnd(this.line[at] ?? "")) {
      const next = this.line[at + 1] ?? "";
      if (this.line[at] === "\\" && next !== "" && escapable.includes(next)) {
        flush();
        this.push("escape", this.line.slice(at, at + 2));
        at += 2;
        from = at;
      } else {
        at += 1;
      }
    }
    flush();
  }

  private push(kind: TokenKind, text: string): void {
    if (text === "") return;
    const last = this.found[this.found.length - 1];
    if (last?.kind === kind && kind !== "mark" && kind !== "escape") last.text += text;
    else this.found.push({ kind, text });
    this.at += text.length;
  }
}

/** What makes a point one: its series (measurement and tags) and its time. */
export function identityOf(line: string): { series: string; time: string } {
  let series = "";
  let time = "";
  let inFields = false;
  for (const { kind, text } of tokens(line)) {
    if (kind === "mark" && text === " ") inFields = true;
    if (!inFields) series += text;
    if (kind === "time") time += text;
  }
  return { series, time };
}

export interface Crowd {
  /** How many points the lines are. */
  points: number;
  /** How many series they belong to. */
  series: number;
  /** For each line that is the same point as an earlier one: the index of the first of them. */
  twins: Map<number, number>;
}

/** Which lines are one point: InfluxDB keeps the last of them, field by field. What is null is no line. */
export function crowd(lines: readonly (string | null | undefined)[]): Crowd {
  const first = new Map<string, number>();
  const series = new Set<string>();
  const twins = new Map<number, number>();
  lines.forEach((line, index) => {
    if (line == null) return;
    const identity = identityOf(line);
    series.add(identity.series);
    const key = `${identity.series}\n${identity.time}`;
    const before = first.get(key);
    if (before === undefined) first.set(key, index);
    else twins.set(index, before);
  });
  return { points: first.size, series: series.size, twins };
}
