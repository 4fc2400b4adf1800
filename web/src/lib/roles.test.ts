import { expect, test } from "vitest";
import { doubt, suggestedFormat, suggestedRoles, unixFormat, type ResultColumn } from "./roles";

const many = (value: (at: number) => unknown[]) => Array.from({ length: 40 }, (_, at) => value(at));

test("what names becomes a tag, what counts a field, what is an instant the time", () => {
  const columns: ResultColumn[] = [
    { name: "country", kind: "text" }, { name: "created", kind: "timestamp" }, { name: "orders", kind: "integer" }, { name: "revenue", kind: "decimal" },
  ];
  expect(suggestedRoles(columns, [["DE", "2026-11-21T14:05:00", 7, "1.50"], ["FR", "2026-11-21T14:05:00", 9, "2.50"]])).toEqual({
    country: "tag", created: "time", orders: "field", revenue: "field",
  });
});

test("texts that are times, as SQLite has them, are the time", () => {
  const columns: ResultColumn[] = [{ name: "id", kind: "integer" }, { name: "name", kind: "text" }, { name: "sold", kind: "text" }];
  expect(suggestedRoles(columns, many((at) => [at, "cup", "2026-11-21 14:05:00"]))).toEqual({ id: "field", name: "tag", sold: "time" });
});

test("of two instants the one that is named like a time is the time", () => {
  const columns: ResultColumn[] = [{ name: "shipped", kind: "instant" }, { name: "created_at", kind: "instant" }, { name: "n", kind: "integer" }];
  expect(suggestedRoles(columns, [])).toMatchObject({ shipped: "field", created_at: "time" });
});

test("a number is a time only when it is called one and can be one", () => {
  const columns: ResultColumn[] = [{ name: "ts", kind: "integer" }, { name: "n", kind: "integer" }];
  expect(suggestedRoles(columns, [[1795245856, 1]]).ts).toBe("time");
  expect(suggestedRoles(columns, [[12, 1795245856]])).toEqual({ ts: "field", n: "field" });
});

test("a text with another value in each of many rows is no tag", () => {
  const columns: ResultColumn[] = [{ name: "order_number", kind: "text" }, { name: "amount", kind: "float" }];
  expect(suggestedRoles(columns, many((at) => [`A-${at}`, 1]))).toEqual({ order_number: "field", amount: "field" });
  expect(doubt("tag", columns[0]!, many((at) => [`A-${at}`]).flat())).toContain("Every row has another value");
});

test("one column is left to be a field", () => {
  expect(suggestedRoles([{ name: "a", kind: "text" }, { name: "b", kind: "text" }], [["x", "y"]])).toEqual({ a: "tag", b: "field" });
});

test("the unit of a unix time is told by its size", () => {
  expect([1795245856, 1795245856000, 1795245856000000, 1.795245856e18, 12].map(unixFormat)).toEqual(["unix_s", "unix_ms", "unix_us", "unix_ns", undefined]);
  expect(suggestedFormat("text", ["2026-11-21"])).toBe("native");
  expect(suggestedFormat("integer", [null, 1795245856000])).toBe("unix_ms");
});
