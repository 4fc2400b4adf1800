// Types of fields: what lines would write, beside what a measurement has already. Pure.
//
// InfluxDB 1 keeps one type per field and shard and refuses every point that brings another one ("field type conflict").

import { tokens } from "./lineProtocol";

export type FieldType = "boolean" | "integer" | "unsigned" | "float" | "text";

/** The types that the fields of these lines have; a field of several types has all of them. What is null is no line. */
export function fieldTypes(lines: readonly (string | null | undefined)[]): Map<string, Set<FieldType>> {
  const found = new Map<string, Set<FieldType>>();
  for (const line of lines) {
    if (line == null) continue;
    let [name, value] = ["", ""];
    const settle = () => {
      if (name !== "") found.set(name, (found.get(name) ?? new Set()).add(typeOf(value)));
      [name, value] = ["", ""];
    };
    let isValue = false;
    let isField = false;
    for (const { kind, text } of tokens(line)) {
      if (kind === "fieldKey") {
        if (isValue) settle();
        [isField, isValue] = [true, false];
        name += text;
      } else if (kind === "fieldValue") {
        isValue = true;
        value += text;
      } else if (kind === "escape" && isField) {
        if (isValue) value += text;
        else name += text.slice(1);
      }
    }
    settle();
  }
  return found;
}

function typeOf(value: string): FieldType {
  if (value.startsWith('"')) return "text";
  if (/^(t|f|true|false)$/i.test(value)) return "boolean";
  if (value.endsWith("i")) return "integer";
  return value.endsWith("u") ? "unsigned" : "float";
}

export interface TypeConflict {
  field: string;
  /** What would be written. */
  ours: FieldType;
  /** What is there. */
  theirs: FieldType;
}

/** Fields that are written with another type than the one they have. Types that nobody told are not compared. */
export function typeConflicts(ours: ReadonlyMap<string, ReadonlySet<FieldType>>, theirs: readonly { name: string; type?: string | null }[]): TypeConflict[] {
  const there = new Map<string, Set<string>>();
  for (const { name, type } of theirs) if (type != null) there.set(name, (there.get(name) ?? new Set()).add(type));
  return [...ours].flatMap(([field, types]) => {
    const known = there.get(field);
    const other = known && [...types].find((type) => !known.has(type) && known.size === 1 && isFieldType([...known][0]));
    const had = known && [...known][0];
    return other !== undefined && isFieldType(had) ? [{ field, ours: other, theirs: had }] : [];
  });
}

function isFieldType(type: string | undefined): type is FieldType {
  return ["boolean", "integer", "unsigned", "float", "text"].includes(type ?? "");
}

export const TYPE_WORDS: Record<FieldType, string> = { boolean: "true or false", integer: "a whole number", unsigned: "an unsigned whole number", float: "a number", text: "text" };

const CASTS: Record<"postgres" | "mysql" | "sqlite", Partial<Record<FieldType, string>>> = {
  postgres: { boolean: "boolean", integer: "bigint", unsigned: "bigint", float: "double precision", text: "text" },
  // There are neither booleans nor a cast to one.
  mysql: { integer: "signed", unsigned: "unsigned", float: "double", text: "char" },
  sqlite: { integer: "integer", unsigned: "integer", float: "real", text: "text" },
};

/** How a query of this engine gives a column the type that a field has; undefined when it cannot. */
export function cast(field: string, to: FieldType, engine: "postgres" | "mysql" | "sqlite" | "adbc" | "odbc"): string | undefined {
  // What a driver's database calls its types, nobody knows here.
  if (engine === "adbc" || engine === "odbc") return undefined;
  const type = CASTS[engine][to];
  const quote = engine === "mysql" ? "`" : '"';
  const name = /^[a-z_][a-z0-9_]*$/.test(field) ? field : `${quote}${field.replaceAll(quote, quote + quote)}${quote}`;
  return type === undefined ? undefined : `CAST(${name} AS ${type}) AS ${name}`;
}
