import { expect, test } from "vitest";
import { answerTables, chartLines, type Frame, MAX_LINES } from "./frames";

const TIME = { name: "time", type: "time" } as const;

function frame(change: Partial<Frame>): Frame {
  return { name: "orders", tags: {}, columns: [TIME, { name: "total", type: "number" }], rows: [], ...change };
}

test("series of different instants share their times, and a line goes on where only another has a point", () => {
  const lines = chartLines(
    [
      frame({ tags: { country: "DE" }, rows: [["2026-11-21T12:00:00Z", 1], ["2026-11-21T12:00:00.5Z", 2]] }),
      frame({ tags: { country: "FR" }, rows: [["2026-11-21T12:00:00Z", 3]] }),
    ],
    new Set(),
  );
  expect(lines.times).toEqual([1_795_262_400, 1_795_262_400.5]);
  expect(lines.lines.map(({ label, values }) => [label, values])).toEqual([["country=DE", [1, 2]], ["country=FR", [3, undefined]]]);
});

test("columns that are tags keep lines apart, fields of text do not", () => {
  const columns: Frame["columns"] = [TIME, { name: "country", type: "text" }, { name: "note", type: "text" }, { name: "total", type: "integer" }];
  const rows = [["2026-11-21T12:00:00Z", "DE", "a", 1], ["2026-11-21T12:00:00Z", "FR", "b", "9007199254740993"], ["2026-11-21T12:00:01Z", "DE", "c", null]];
  const lines = chartLines([frame({ columns, rows })], new Set(["country"]));
  expect(lines.lines.map(({ label }) => label)).toEqual(["country=DE", "country=FR"]);
  expect(lines.lines[1]?.values).toEqual([9007199254740992]);
});

test("without known tags, texts that come again and again are taken for them", () => {
  const columns: Frame["columns"] = [TIME, { name: "host", type: "text" }, { name: "load", type: "float" }];
  const at = (second: number) => `2026-11-21T12:00:0${second}Z`;
  const again = [["a", 1], ["a", 2], ["b", 3], ["b", 4]].map(([host, load], second) => [at(second), host, load]);
  const once = [["a", 1], ["b", 2], ["c", 3]].map(([host, load], second) => [at(second), host, load]);
  expect(chartLines([frame({ columns, rows: again })], new Set()).lines).toHaveLength(2);
  expect(chartLines([frame({ columns, rows: once })], new Set()).lines).toHaveLength(1);
});

test("the value of Flux is called like its field", () => {
  const columns: Frame["columns"] = [{ name: "_time", type: "time" }, { name: "_value", type: "float" }];
  const tags = { _measurement: "cpu", _field: "load", host: "a" };
  const lines = chartLines([frame({ tags, columns, rows: [["2026-11-21T12:00:00Z", 1]] })], new Set(["host"]));
  expect(lines.lines[0]).toMatchObject({ field: "load", label: "host=a" });
});

test("what comes at a beat has a gap where a beat is missing, what comes when it comes has none", () => {
  const at = (second: number) => [`2026-11-21T12:00:${String(second).padStart(2, "0")}Z`, second];
  const values = (seconds: number[]) => chartLines([frame({ rows: seconds.map(at) })], new Set()).lines[0]?.values;
  expect(values([0, 5, 10, 15, 20, 40, 45, 50])).toEqual([0, 5, 10, 15, 20, null, 40, 45, 50]);
  expect(values([0, 1, 4, 9, 11, 30, 31])).toEqual([0, 1, 4, 9, 11, 30, 31]);
});

test("answers without times have no lines, and the number of lines has an end that is told", () => {
  expect(chartLines([frame({ columns: [{ name: "name", type: "text" }], rows: [["a"]] })], new Set())).toEqual({ times: [], lines: [], all: 0 });
  const many = Array.from({ length: MAX_LINES + 2 }, (_, at) => frame({ tags: { host: `h${at}` }, rows: [["2026-11-21T12:00:00Z", at]] }));
  const lines = chartLines(many, new Set());
  expect([lines.lines.length, lines.all]).toEqual([MAX_LINES, MAX_LINES + 2]);
});

test("series of the same columns become one table with their tags as columns", () => {
  const tables = answerTables([
    frame({ tags: { country: "DE" }, rows: [["t", 1]] }),
    frame({ tags: { country: "FR" }, rows: [["t", 2]] }),
    frame({ name: "other", rows: [["t", 3]] }),
  ]);
  expect(tables.map(({ title, rows }) => [title, rows])).toEqual([["orders", [["DE", "t", 1], ["FR", "t", 2]]], ["other", [["t", 3]]]]);
  expect(tables[0]?.columns.map(({ name }) => name)).toEqual(["country", "time", "total"]);
});
