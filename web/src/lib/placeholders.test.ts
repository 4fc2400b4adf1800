import { expect, test } from "vitest";
import { type Dialect, placeholderNames, placeholders } from "./placeholders";

test("placeholders are found only where the dialect has code", () => {
  const table: [Dialect, string, string[]][] = [
    ["sqlite", "select :a, :b, :a", ["a", "b"]],
    ["postgres", "select :b::date", ["b"]],
    ["postgres", "select '2026-01-01 10:00:00'::timestamptz, ':a'", []],
    ["postgres", String.raw`select E'it\'s :a', ':b'`, []],
    ["postgres", String.raw`select 'a\', :a, 'x'`, ["a"]],
    ["postgres", "select $$ :a $$, $t$ :a $$ $t$", []],
    ["postgres", "select a$b$ from t where x = :a -- :b", ["a"]],
    ["postgres", "select /* :a /* nested */ :b */ 1", []],
    ["postgres", 'select ":a", a ? \'x\', b[1:2]', []],
    ["sqlite", "select [:a], `:a`, \":a\", 'it''s :a'", []],
    ["sqlite", "select 'a\\', :a", ["a"]],
    ["mysql", String.raw`select 'it\'s :a', :a`, ["a"]],
    ["mysql", "select @x := :a # :b", ["a"]],
    ["mysql", "select 5--:a", ["a"]],
    ["mysql", "select 1 -- :a\n, :b", ["b"]],
    ["mysql", "select @x:=1, t.`:a` from t;\n ; ", []],
    ["sqlite", "select ':a", []],
    ["sqlite", "select 1 where t >= :window_start and t < :window_end and c = :country", ["window_start", "window_end", "country"]],
    ["sqlite", "", []],
  ];
  for (const [dialect, sql, names] of table) expect(placeholderNames(sql, dialect), `${dialect}: ${sql}`).toEqual(names);
});

test("a place covers the colon and the name", () => {
  const sql = "select 'ä', :a";
  const [one] = placeholders(sql, "sqlite");
  expect(sql.slice(one?.from, one?.to)).toBe(":a");
});
