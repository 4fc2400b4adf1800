// Values of a result as people may trust them: nothing is rounded, and what is empty says how. Pure.

import { instant } from "./format";

/** The types that rows are made of, as the API names them. */
export type ValueKind =
  | "boolean" | "integer" | "unsigned" | "float" | "number" | "decimal" | "text" | "bytes" | "date" | "time" | "timestamp" | "instant" | "uuid" | "json";

export interface ShownValue {
  text: string;
  /** Not the value itself but a word for it: NULL, an empty text. */
  word: boolean;
  /** What the text does not say: the viewer's own time, how many bytes. */
  aside?: string;
}

const NUMBERS: ReadonlySet<ValueKind> = new Set(["integer", "unsigned", "float", "number", "decimal"]);

/** Whether values of a kind stand under one another at their last digit. */
export function isNumber(kind: ValueKind): boolean {
  return NUMBERS.has(kind);
}

/** One value. Numbers beyond 2^53, decimals, NaN and infinities come from the server as text, and are shown as they come. */
export function shownValue(kind: ValueKind, value: unknown): ShownValue {
  if (value === null || value === undefined) return { text: "NULL", word: true };
  if (value === "") return { text: "empty text", word: true };
  const text = typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value);
  if (kind === "instant") return { text, word: false, aside: `${instant(text)} here` };
  if (kind === "bytes") return { text, word: false, aside: `${byteLength(text)} ${byteLength(text) === 1 ? "byte" : "bytes"}, as base64` };
  if (kind === "text" && text.trim() !== text) return { text, word: false, aside: "with spaces at an end" };
  return { text, word: false };
}

function byteLength(base64: string): number {
  return Math.floor((base64.length * 3) / 4) - (base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0);
}

/** What a column's type means for those who do not know it by its name. */
export const KIND_WORDS: Record<ValueKind, string> = {
  boolean: "true or false", integer: "whole number of 64 bits", unsigned: "whole number of 64 bits, never negative", float: "double",
  number: "number, whole or not",
  decimal: "decimal number, exact", text: "text", bytes: "bytes, shown as base64", date: "day", time: "time of day",
  timestamp: "date and time without a zone", instant: "instant, in UTC", uuid: "UUID", json: "JSON",
};
