// Tags and fields that every point has: as a form holds them, and as the API takes them. Pure.

import type { Schemas } from "../../api/client";
import type { FieldType } from "../../lib/fieldTypes";

export interface ConstantDraft {
  part: "tag" | "field";
  name: string;
  /** Of a field. */
  type: FieldType;
  /** As it is written. */
  value: string;
  /** As it is stored, and not changed since. */
  isStored?: boolean;
}

type Mapping = Pick<Schemas["Mapping"], "constant_tags" | "constant_fields">;

export const TYPES: readonly FieldType[] = ["float", "integer", "unsigned", "text", "boolean"];

/** The values of PostgreSQL's boolean, which a default may have too. */
const TRUTH = /^(t|true|y|yes|on|1|f|false|n|no|off|0)$/i;

/** Why a text is no value of a type; undefined when it is one. */
export function literalProblem(type: FieldType, text: string): string | undefined {
  switch (type) {
    case "text":
      return undefined;
    case "boolean":
      return TRUTH.test(text) ? undefined : "Give true or false";
    case "float":
      return text.trim() === text && text !== "" && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text)) ? undefined : "Give a number";
    case "integer":
      return isWhole(text, (value) => BigInt.asIntN(64, value) === value) ? undefined : "Give a whole number of 64 bits";
    case "unsigned":
      return isWhole(text, (value) => value >= 0n && BigInt.asUintN(64, value) === value) ? undefined : "Give a whole number of 64 bits that is not negative";
  }
}

function isWhole(text: string, fits: (value: bigint) => boolean): boolean {
  return /^[+-]?\d+$/.test(text) && fits(BigInt(text.replace("+", "")));
}

/** Why a constant cannot be written with its value; undefined when it can. */
export function valueProblemOf({ part, type, value, isStored }: ConstantDraft): string | undefined {
  if (part === "tag") return value === "" ? "Give it a value: InfluxDB knows no empty tag" : undefined;
  const problem = type === "boolean" ? (/^(true|false)$/.test(value) ? undefined : "Give true or false") : literalProblem(type, value);
  if (problem !== undefined) return problem;
  // JSON in a browser has doubles only. What is stored and not changed is not sent.
  const isWide = isStored !== true && (type === "integer" || type === "unsigned") && !Number.isSafeInteger(Number(value));
  return isWide ? "Beyond 9,007,199,254,740,991 a browser is not exact: give it on the command line with --constant-field" : undefined;
}

export function isBlank({ name, value }: ConstantDraft): boolean {
  return name === "" && value === "";
}

export function constantsOf({ constant_tags, constant_fields }: Mapping): ConstantDraft[] {
  const tags = Object.entries(constant_tags ?? {}).map(([name, value]): ConstantDraft => ({ part: "tag", name, type: "text", value, isStored: true }));
  const fields = Object.entries(constant_fields ?? {}).map(([name, constant]): ConstantDraft => {
    const [[type, value] = ["text" as const, ""]] = Object.entries(constant) as [FieldType, unknown][];
    return { part: "field", name, type, value: String(value), isStored: true };
  });
  return [...tags, ...fields];
}

/** What a mapping says of those that are whole. */
export function constantMembers(constants: readonly ConstantDraft[]): Mapping {
  const whole = constants.filter((one) => one.name !== "" && valueProblemOf(one) === undefined);
  const tags = whole.filter(({ part }) => part === "tag").map(({ name, value }) => [name, value] as const);
  const fields = whole.filter(({ part }) => part === "field").map(({ name, type, value }) => [name, { [type]: typed(type, value) } as Schemas["Constant"]] as const);
  return {
    ...(tags.length > 0 && { constant_tags: Object.fromEntries(tags) }),
    ...(fields.length > 0 && { constant_fields: Object.fromEntries(fields) }),
  };
}

function typed(type: FieldType, value: string): number | string | boolean {
  if (type === "text") return value;
  return type === "boolean" ? value === "true" : Number(value);
}
