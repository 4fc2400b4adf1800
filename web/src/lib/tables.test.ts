import { expect, test } from "vitest";
import { fitted, linesOf, selectFrom, type Table } from "./tables";

const table = (name: string, columns: string[], schema?: string): Table => ({
  schema: schema ?? null, name, kind: "table", sql: name, columns: columns.map((column) => ({ name: column, sql: column, native: "text", nullable: true, primary_key: false })),
});
const NONE: ReadonlySet<string> = new Set();
const told = (lines: ReturnType<typeof linesOf>) => lines.map((line) => `${"  ".repeat(line.level - 1)}${line.kind === "schema" ? line.name : line.kind === "table" ? line.table.name : line.column.name}`);

test("a statement names the columns, on a line each when they are many", () => {
  expect(selectFrom(table("orders", ["id", "total"]))).toBe("SELECT id, total\nFROM orders");
  const wide = selectFrom(table("wide", Array.from({ length: 20 }, (_, at) => `column_${at}`)));
  expect(wide.split("\n")).toHaveLength(22);
  expect(wide.startsWith("SELECT\n  column_0,\n")).toBe(true);
  expect(wide.endsWith("column_19\nFROM wide")).toBe(true);
});

test("one schema is not told, several are, the first one open", () => {
  expect(told(linesOf([table("a", ["x"]), table("b", ["y"])], "", NONE))).toEqual(["a", "b"]);
  const two = [table("a", ["x"], "own"), table("b", ["y"], "far")];
  expect(told(linesOf(two, "", NONE))).toEqual(["own", "  a", "far"]);
  expect(told(linesOf(two, "", new Set(["own", "far", "far/b"])))).toEqual(["own", "far", "  b", "    y"]);
});

test("a search finds tables by name, and opens those with such a column", () => {
  const tables = [table("orders", ["id", "country"]), table("countries", ["code"])];
  expect(told(linesOf(tables, "COUNTR", NONE))).toEqual(["orders", "  country", "countries"]);
  expect(told(linesOf(tables, "nothing", NONE))).toEqual([]);
  expect(told(linesOf([table("a", ["x"], "own"), table("b", ["y"], "far")], "far.b", NONE))).toEqual(["far", "  b"]);
});

test("a name stands apart from its neighbours, and columns one after another have commas", () => {
  expect(fitted("id", "SELECT ", "", undefined)).toBe("id");
  expect(fitted("orders", "FROM", "", undefined)).toBe(" orders");
  expect(fitted("id", "SELECT ", "FROM", undefined)).toBe("id ");
  expect(fitted("total", "SELECT id", "", "id")).toBe(", total");
});
