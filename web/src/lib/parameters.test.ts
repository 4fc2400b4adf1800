import { expect, test } from "vitest";
import { declared, guessedKind, rememberedValues, rememberValues, valueProblem } from "./parameters";

test("a value is judged as the server judges it", () => {
  const good: [Parameters<typeof valueProblem>[0], string[]][] = [
    ["text", ["", "x"]], ["integer", ["0", " -7 ", "9223372036854775807"]], ["float", ["1.5", "-2e3"]], ["boolean", ["true", "false"]],
    ["instant", ["2026-11-21T14:05:00Z", "2026-11-21T14:05:00.25+01:00"]],
  ];
  for (const [kind, values] of good) for (const value of values) expect(valueProblem(kind, value), `${kind} ${value}`).toBeUndefined();
  const bad: [Parameters<typeof valueProblem>[0], string[]][] = [
    ["integer", ["", "1.5", "9223372036854775808", "x"]], ["float", ["", "x", "NaN", "Infinity"]], ["boolean", ["", "1", "yes"]],
    ["instant", ["", "2026-11-21", "2026-13-21T14:05:00Z", "now"]],
  ];
  for (const [kind, values] of bad) for (const value of values) expect(valueProblem(kind, value), `${kind} ${value}`).toBeDefined();
});

test("a placeholder behind LIMIT is a whole number", () => {
  expect([guessedKind("select 1 limit :n", "n"), guessedKind("select :n", "n")]).toEqual(["integer", "text"]);
});

test("what is declared stays until it is taken away, and what is in the text comes first", () => {
  const known = [{ name: "old", kind: "float" as const }, { name: "b", kind: "integer" as const, default: "1" }];
  expect(declared(["a", "b"], known, "select :a, :b")).toEqual([
    { name: "a", kind: "text", used: true }, { name: "b", kind: "integer", default: "1", used: true }, { name: "old", kind: "float", used: false },
  ]);
});

test("values are remembered, secrets are not", () => {
  rememberValues("q", { country: "de", api_token: "x", Password: "y" });
  expect(rememberedValues("q")).toEqual({ country: "de" });
  expect(rememberedValues("other")).toEqual({});
});
