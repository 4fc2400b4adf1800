// Where in a text an error is, read out of the words of whoever found it. Pure.

/** A place as people count: lines and characters from 1. Without a column, the whole line. */
export interface Place {
  line: number;
  column?: number;
}

const FORMS = [
  // Tributary, of SQLite and PostgreSQL: `running the query: line 3, column 14: …`.
  /\bline (\d+), column (\d+)/,
  // InfluxQL: `error parsing query: found EOF, expected FROM at line 1, char 9`.
  /\bat line (\d+), char (\d+)/,
  // Flux: `error @2:3-2:9: undefined identifier`, `loc 1:5-1:8`.
  /(?:@|\bloc )(\d+):(\d+)/,
  // MySQL: `… near 'form t' at line 2`.
  /\bat line (\d+)/,
];

/** The place that a message tells, if it tells one. */
export function placeIn(message: string): Place | undefined {
  for (const form of FORMS) {
    const found = form.exec(message);
    if (found) return found[2] === undefined ? { line: Number(found[1]) } : { line: Number(found[1]), column: Number(found[2]) };
  }
  return undefined;
}

/** The part of `text` to underline for a place: the word that begins there, or the whole line. Always inside the text, never empty unless the text is. */
export function stretchAt(text: string, { line, column }: Place): { from: number; to: number } {
  const lines = text.split("\n");
  const at = Math.min(Math.max(line, 1), lines.length) - 1;
  const start = lines.slice(0, at).reduce((sum, before) => sum + before.length + 1, 0);
  const words = lines[at] ?? "";
  if (column === undefined) return grown(text, start + (words.length - words.trimStart().length), start + words.trimEnd().length);
  // Columns count characters, JavaScript counts UTF-16 units.
  const from = start + [...words].slice(0, column - 1).join("").length;
  const word = /^(:?[\p{L}\p{N}_$.]+|\S)/u.exec(text.slice(from))?.[0] ?? "";
  return grown(text, from, from + word.length);
}

function grown(text: string, from: number, to: number): { from: number; to: number } {
  if (to > from) return { from, to };
  const end = Math.min(from + 1, text.length);
  return { from: Math.max(end - 1, 0), to: end };
}
