import { expect, test } from "vitest";
import { placeIn, stretchAt } from "./place";

test("the place is read from what each system says", () => {
  const table: [string, object | undefined][] = [
    ["running the query: line 1, column 8: no such column: nope", { line: 1, column: 8 }],
    ["error parsing query: found EOF, expected FROM at line 1, char 9", { line: 1, column: 9 }],
    ["compilation failed: error @2:3-2:9: undefined identifier x", { line: 2, column: 3 }],
    ["You have an error in your SQL syntax near 'form t' at line 2 (error 1064)", { line: 2 }],
    ["running the query: incomplete input", undefined],
  ];
  for (const [message, place] of table) expect(placeIn(message), message).toEqual(place);
});

test("what is underlined is the word at the place", () => {
  const sql = "select ä,\n  nope.x from t\n";
  const under = (place: { line: number; column?: number }) => {
    const { from, to } = stretchAt(sql, place);
    return sql.slice(from, to);
  };
  expect(under({ line: 2, column: 3 })).toBe("nope.x");
  expect(under({ line: 1, column: 8 })).toBe("ä");
  expect(under({ line: 2 })).toBe("nope.x from t");
  expect(under({ line: 99, column: 99 })).toHaveLength(1);
  expect(stretchAt("", { line: 1, column: 1 })).toEqual({ from: 0, to: 0 });
});
