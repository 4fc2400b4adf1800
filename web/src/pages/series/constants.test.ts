import { expect, test } from "vitest";
import { constantMembers, constantsOf, literalProblem, valueProblemOf } from "./constants";

test("constants come back as they were", () => {
  const mapping = {
    constant_tags: { plant: "Graz" },
    constant_fields: { up: { boolean: false }, n: { integer: -7 }, u: { unsigned: 7 }, f: { float: 0.5 }, t: { text: "" } },
  };
  expect(constantMembers(constantsOf(mapping))).toEqual(mapping);
  expect(constantMembers([])).toEqual({});
});

test("a whole number that a browser does not hold exactly stays as it is stored", () => {
  const [stored] = constantsOf({ constant_fields: { big: { integer: Number("9007199254740993") } } });
  expect(stored && valueProblemOf(stored)).toBeUndefined();
  expect(stored && valueProblemOf({ ...stored, isStored: false })).toContain("--constant-field");
});

test("one that is not whole yet is not said", () => {
  expect(constantMembers([{ part: "tag", name: "", type: "text", value: "x" }, { part: "field", name: "n", type: "integer", value: "7.5" }])).toEqual({});
});

test("a value fits its type, or is refused with what to do", () => {
  expect(literalProblem("integer", "9223372036854775807")).toBeUndefined();
  expect(literalProblem("integer", "9223372036854775808")).toContain("64 bits");
  expect(literalProblem("unsigned", "-1")).toContain("not negative");
  expect(literalProblem("float", "1e3")).toBeUndefined();
  expect([literalProblem("float", ""), literalProblem("float", "1e999"), literalProblem("float", "0x10")]).toEqual(["Give a number", "Give a number", "Give a number"]);
  expect(literalProblem("boolean", "off")).toBeUndefined();
  expect(valueProblemOf({ part: "field", name: "b", type: "boolean", value: "off" })).toBe("Give true or false");
  expect(valueProblemOf({ part: "field", name: "n", type: "integer", value: "9007199254740993" })).toContain("--constant-field");
  expect(valueProblemOf({ part: "tag", name: "t", type: "text", value: "" })).toContain("no empty tag");
});
