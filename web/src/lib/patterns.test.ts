import { expect, test } from "vitest";
import { isPattern, matches, patternProblem, selects } from "./patterns";

test("a pattern matches whole names, as the server says", () => {
  const cases: [string, string, boolean][] = [
    ["temp_*", "temp_out", true], ["temp_*", "temp_", true], ["temp_*", "a_temp_", false], ["*", "", true], ["*_*_x", "a_b_c_x", true], ["*_*_x", "a_x", false],
    ["a?c", "abc", true], ["a?c", "ažc", true], ["a?c", "ac", false], ["*ab", "aab", true], ["A*", "abc", false], ["count(*)", "count(x)", true], ["a.c", "abc", false],
    ["*\n*", "a\nb", true],
  ];
  for (const [pattern, name, expected] of cases) expect(matches(pattern, name), `${pattern} ${name}`).toBe(expected);
});

test("what has a star, a question mark or an exclamation mark before it can be a pattern", () => {
  expect(["temp_*", "?", "!a", "!", "a!", "plain"].map(isPattern)).toEqual([true, true, true, false, false, false]);
});

test("an exclusion takes away what the patterns beside it match", () => {
  const patterns = ["temp_*", "!temp_secret*"];
  expect(["temp_in", "temp_secret", "temp_secret_2", "other"].map((name) => selects(patterns, name))).toEqual([true, false, false, false]);
  expect(selects(["count(*)"], "count(*)")).toBe(true);
});

test("a pattern that stands for nothing is told", () => {
  expect(patternProblem(["temp_*", "!x"], ["temp_in"])).toBeUndefined();
  expect(patternProblem([], [])).toBeUndefined();
  expect(patternProblem(["!x"], ["y"])).toContain("begin with *");
  expect(patternProblem(["hum_*"], ["temp_in"])).toContain("No column that is free matches hum_*");
  expect(patternProblem(["temp_in"], ["a"])).toContain("is no pattern");
});
