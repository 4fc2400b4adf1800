import { expect, test } from "vitest";
import { EMPTY_MAPPING, type MappingDraft } from "./mappingDraft";
import { mappingProblems } from "./mappingProblems";

const COLUMNS = [
  { name: "room", kind: "text" as const }, { name: "temp_in", kind: "float" as const }, { name: "temp_out", kind: "float" as const }, { name: "n", kind: "integer" as const },
];
const problems = (change: Partial<MappingDraft>) => mappingProblems({ ...EMPTY_MAPPING, roles: { room: "tag" }, ...change }, COLUMNS);
const constant = (name: string, value: string) => ({ part: "tag" as const, name, type: "text" as const, value });

test("nothing is wrong with a mapping that says nothing of it", () => {
  expect(problems({})).toEqual({});
  expect(problems({ constants: [constant("", "")] })).toEqual({});
});

test("two tags or fields of one name are told at the one that was named so", () => {
  expect(problems({ renames: { temp_in: "n" } })).toEqual({ "mapping.renames.temp_in": expect.stringContaining("the column n already") });
  // The name of a column that is nothing, or has another name itself, is free.
  expect(problems({ renames: { temp_in: "n", n: "number" } })).toEqual({});
  expect(problems({ renames: { temp_in: "n" }, roles: { n: "unused" }, others: "field" })).toEqual({});
  expect(problems({ constants: [constant("room", "1")] })).toEqual({ "mapping.constants.0.name": expect.stringContaining("the column room already") });
  expect(problems({ constants: [constant("a", "1"), constant("a", "2")] })).toEqual({ "mapping.constants.1.name": expect.stringContaining("tag of every point") });
  expect(problems({ renames: { n: "time" } })).toEqual({ "mapping.renames.n": expect.stringContaining("keeps the name time") });
});

test("a default fits the type that its field has", () => {
  expect(problems({ nulls: { n: { default: "x" } } })).toEqual({ "mapping.nulls.n": "Give a whole number of 64 bits" });
  expect(problems({ nulls: { n: { default: "x" } }, field_types: { n: "text" } })).toEqual({});
  expect(problems({ nulls: { room: { default: "" } } })).toEqual({ "mapping.nulls.room": expect.stringContaining("Give a value") });
  expect(problems({ nulls: { n: "reject" } })).toEqual({});
});

test("patterns and the time's own are told", () => {
  expect(problems({ tag_patterns: ["hum_*"] })).toEqual({ "mapping.tags": expect.stringContaining("hum_*") });
  expect(problems({ others: "unused", field_patterns: ["temp_*"] })).toEqual({});
  // A column that is something else by its chip is not free.
  expect(problems({ tag_patterns: ["temp_*"], roles: { temp_in: "unused", temp_out: "field" } })).toHaveProperty(["mapping.tags"]);
  expect(problems({ roles: { room: "time" }, format: "pattern" })).toEqual({ "mapping.time.pattern": expect.stringContaining("%d.%m.%Y") });
});
