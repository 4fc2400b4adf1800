// What is wrong with a mapping before the server is asked, by the field of the form that it stands at. Pure.

import { type FieldType } from "../../lib/fieldTypes";
import { patternProblem } from "../../lib/patterns";
import type { ResultColumn } from "../../lib/roles";
import type { ValueKind } from "../../lib/values";
import { type ConstantDraft, isBlank, literalProblem, valueProblemOf } from "./constants";
import { columnOf, type MappingDraft, type Policies, roleOf } from "./mappingDraft";

const MOST_KEY_BYTES = 256;
const encoder = new TextEncoder();

export type Problems = Record<string, string>;

/** The field of a column's name, type or NULL. */
export const ofColumn = (part: "renames" | "nulls" | "field_types", column: string) => `mapping.${part}.${column}`;
/** The field of a constant's name or value. */
export const ofConstant = (at: number, part: "name" | "value") => `mapping.constants.${at}.${part}`;

export function mappingProblems(draft: MappingDraft, columns: readonly ResultColumn[]): Problems {
  return { ...names(draft, columns), ...defaults(draft, columns), ...values(draft.constants), ...patterns(draft, columns), ...timeProblem(draft) };
}

/** Every tag and field has a name of its own. */
function names(draft: MappingDraft, columns: readonly ResultColumn[]): Problems {
  const problems: Problems = {};
  const taken = new Map<string, string>();
  const own = columns.filter(({ name }) => ["tag", "field"].includes(roleOf(draft, name)));
  const isRenamed = (column: string) => (draft.renames[column] ?? "") !== "" && draft.renames[column] !== column;
  // Those that keep their name have it first.
  for (const { name } of own) if (!isRenamed(name)) taken.set(name, `the column ${name}`);
  const take = (key: string, path: string, who: string) => {
    const other = taken.get(key);
    if (key === "time") problems[path] = "InfluxDB keeps the name time for itself: choose another one";
    else if (encoder.encode(key).length > MOST_KEY_BYTES) problems[path] = `Longer than ${MOST_KEY_BYTES} bytes: choose a shorter name`;
    else if (/[\n\r]/.test(key) || key.endsWith("\\")) problems[path] = "A name cannot have line breaks, or end in a backslash";
    else if (other !== undefined) problems[path] = `That is the name of ${other} already: choose another one`;
    else taken.set(key, who);
  };
  for (const { name } of own) if (isRenamed(name)) take(draft.renames[name] ?? "", ofColumn("renames", name), `the column ${name}`);
  draft.constants.forEach((constant, at) => {
    if (isBlank(constant)) return;
    if (constant.name === "") problems[ofConstant(at, "name")] = "Give it a name";
    else take(constant.name, ofConstant(at, "name"), `a ${constant.part} of every point`);
  });
  return problems;
}

/** A default is a value of its field's type. */
function defaults(draft: MappingDraft, columns: readonly ResultColumn[]): Problems {
  const problems: Problems = {};
  for (const { name, kind } of columns) {
    const rule = draft.nulls[name];
    if (typeof rule !== "object") continue;
    const role = roleOf(draft, name);
    const problem =
      role === "field" ? literalProblem(draft.field_types[name] ?? naturalType(kind, draft.policies), rule.default) : role !== "time" && role !== "unused" && rule.default === "" ? "Give a value: InfluxDB knows no empty one here" : undefined;
    if (problem !== undefined) problems[ofColumn("nulls", name)] = problem;
  }
  return problems;
}

function values(constants: readonly ConstantDraft[]): Problems {
  const found = constants.map((constant, at) => [ofConstant(at, "value"), isBlank(constant) ? undefined : valueProblemOf(constant)] as const);
  return Object.fromEntries(found.filter((one): one is [string, string] => one[1] !== undefined));
}

function patterns(draft: MappingDraft, columns: readonly ResultColumn[]): Problems {
  if (columns.length === 0) return {};
  const free = (part: "tag" | "field") => columns.map(({ name }) => name).filter((name) => (draft.roles[name] ?? part) === part);
  const [tags, fields] = [patternProblem(draft.tag_patterns, free("tag")), draft.others === "field" ? undefined : patternProblem(draft.field_patterns, free("field"))];
  return { ...(tags !== undefined && { "mapping.tags": tags }), ...(fields !== undefined && { "mapping.fields": fields }) };
}

function timeProblem(draft: MappingDraft): Problems {
  const isBlankPattern = columnOf(draft, "time") !== undefined && draft.format === "pattern" && draft.pattern === "";
  return isBlankPattern ? { "mapping.time.pattern": "Say how the text is read: %d.%m.%Y %H:%M:%S" } : {};
}

/** The type of the field that a column of a kind becomes without being told another. */
export function naturalType(kind: ValueKind, policies: Policies): FieldType {
  switch (kind) {
    case "boolean":
    case "integer":
    case "float":
      return kind;
    case "number":
      return "float";
    case "unsigned":
      return policies.unsigned;
    case "decimal":
      return policies.decimal;
    case "date":
    case "timestamp":
    case "instant":
      return policies.time_field === "text" ? "text" : "integer";
    default:
      return "text";
  }
}

/** The types that a field of a column of a kind can be given. */
export function possibleTypes(kind: ValueKind): readonly FieldType[] {
  return ["boolean", "integer", "unsigned", "float", "number", "decimal", "text"].includes(kind) ? ["float", "integer", "unsigned", "text", "boolean"] : ["text"];
}
