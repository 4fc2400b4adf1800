import { expect, test } from "vitest";
import type { Query } from "../../api/queries";
import { blank, boundIn, formField, missing, NO_TIMES, parametersOf, patchOf, recipesOf, specOf, trialOf, valuesOf } from "./draft";

const stored = {
  id: "6f1f0f3e-0000-4000-8000-000000000003", name: "orders", revision: 2, created_at: "2026-11-21T12:00:00Z", updated_at: "2026-11-21T12:00:00Z",
  database_id: "6f1f0f3e-0000-4000-8000-000000000001", category: "sales/daily", sql: "select :country, :n",
  parameters: [{ name: "country", kind: "text", default: "de" }, { name: "n", kind: "integer" }],
} as unknown as Query;
const shown = parametersOf(valuesOf(stored), "sqlite", stored);

test("a query that nobody touched changes nothing, and only what changed is sent", () => {
  expect(patchOf(valuesOf(stored), shown, stored)).toEqual({});
  expect(patchOf({ ...valuesOf(stored), category: " sales / weekly /" }, shown, stored)).toEqual({ category: "sales/weekly" });
});

test("a placeholder that left the text stays declared while the stored query has it", () => {
  const values = { ...valuesOf(stored), sql: "select :country, :added" };
  expect(parametersOf(values, "sqlite", stored).map(({ name, used }) => [name, used])).toEqual([["country", true], ["added", true], ["n", false]]);
  expect(parametersOf(values, "sqlite", undefined).map(({ name }) => name)).toEqual(["country", "added"]);
});

test("what the run binds needs no declaration", () => {
  const values = { ...blank("d"), sql: "select 1 where t >= :window_start and t < :window_end and c = :country" };
  expect(boundIn(values.sql, "sqlite")).toEqual(["window_start", "window_end"]);
  expect(specOf(values, parametersOf(values, "sqlite", undefined)).parameters).toEqual([{ name: "country", kind: "text" }]);
});

test("a try needs a value for what has no default, of its kind", () => {
  expect(trialOf(valuesOf(stored), shown, {}, NO_TIMES, 20)).toEqual({ errors: { "values.n": "Give a value, or a default" } });
  expect(trialOf(valuesOf(stored), shown, { n: "x" }, NO_TIMES, 20)).toEqual({ errors: { "values.n": "Give a whole number" } });
  expect(trialOf({ ...valuesOf(stored), name: "" }, shown, { n: "7" }, NO_TIMES, 20)).toMatchObject({ values: { n: "7" }, body: { limit: 20, values: { n: "7" } } });
});

test("a window has both ends, in order", () => {
  const tried = (times: object) => trialOf(valuesOf(stored), shown, { n: "1" }, { ...NO_TIMES, ...times }, 20);
  expect(tried({ window_start: "2026-11-21T14:00:00" })).toEqual({ errors: { window_end: "Give both ends of the window, or none" } });
  expect(tried({ window_start: "2026-11-21T14:00:00", window_end: "2026-11-21T13:00:00" })).toEqual({ errors: { window_end: "Give an end after the begin" } });
  expect(tried({ window_start: "2026-11-21T13:00:00", window_end: "2026-11-21T14:00:00" })).toMatchObject({
    body: { window: { start: new Date("2026-11-21T13:00:00").toISOString(), end: new Date("2026-11-21T14:00:00").toISOString() } },
  });
});

test("a field that the server names is one of the form", () => {
  expect(["sql", "query.sql", "parameters", "parameters[1].default", "values.n"].map((field) => formField(field, shown))).toEqual([
    "sql", "sql", "sql", "default.n", "values.n",
  ]);
});

test("what is missing is told at its field", () => {
  expect(Object.keys(missing({ ...blank(""), sql: " " }, [{ name: "n", kind: "integer", default: "x", used: true }]))).toEqual([
    "name", "database_id", "sql", "default.n",
  ]);
});

test("a command says the same as the request", () => {
  const [, line] = recipesOf(valuesOf(stored), shown, "shop").map(({ text }) => text);
  expect(line).toBe(
    "tributary query create orders \\\n  --database shop \\\n  --category sales/daily \\\n  --sql 'select :country, :n' \\\n  --declare country:text=de \\\n  --declare n:integer",
  );
});
