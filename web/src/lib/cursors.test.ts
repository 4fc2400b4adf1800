import { expect, test } from "vitest";
import { type CursorColumn, cursorDoubt, cursorWords, fenceWords, overlapWords, suggestedCursor, suggestedKey, unfit } from "./cursors";
import type { ValueKind } from "./values";

const column = (name: string, kind: ValueKind, native = ""): CursorColumn => ({ name, kind, native });

test("what changes with every change of a row is suggested before what is set once, with the row's number as the key", () => {
  const columns = [column("id", "integer"), column("created_at", "instant"), column("updated_at", "instant"), column("total", "decimal")];
  const rows = [[1, "a", "b", "1"], [2, "a", "b", "2"]];
  expect(suggestedCursor(columns, rows, false)).toEqual({ cursor: "updated_at", key: ["id"] });
  expect(suggestedCursor(columns.filter(({ name }) => name !== "updated_at"), rows, false)).toEqual({ cursor: "id", key: [] });
  expect(suggestedCursor([column("written_by", "text", "xid8"), ...columns], rows.map((row) => ["7", ...row]), false)?.cursor).toBe("written_by");
  expect(suggestedCursor([column("country", "text"), column("total", "decimal")], [["DE", "1"]], false)).toBeUndefined();
});

test("a number that rows share is neither a cursor nor a key", () => {
  const columns = [column("customer_id", "integer"), column("at", "timestamp")];
  const rows = [[1, "a"], [1, "b"]];
  expect(suggestedCursor(columns, rows, false)).toEqual({ cursor: "at", key: [] });
  expect(suggestedKey([column("order_id", "integer"), column("at", "timestamp")], [[1, "a"], [2, "a"]], "at")).toEqual(["order_id"]);
});

test("a column that cannot be the cursor says why, by the fence that is chosen", () => {
  expect(unfit(column("at", "instant"), false)).toBeUndefined();
  expect(unfit(column("body", "json"), true)).toContain("JSON has no order");
  expect(unfit(column("opens", "time"), false)).toContain("begin again every day");
  expect(unfit(column("name", "text"), false)).toContain("of type text nobody can tell");
  expect(unfit(column("name", "text"), true)).toBeUndefined();
  expect(unfit(column("written_by", "text", "xid8"), false)).toContain("choose the fence by transaction id");
  expect(unfit(column("written_by", "text", "xid8"), false, "transaction_id")).toBeUndefined();
  expect(unfit(column("at", "instant"), false, "transaction_id")).toContain("holds no transaction ids");
});

test("what to know of a cursor is told once it is chosen", () => {
  expect(cursorDoubt(column("changed", "instant"), ["a", null, null])).toContain("2 of the 3 rows below have no changed");
  expect(cursorDoubt(column("id", "integer"), [1, 2])).toContain("is not read again");
  expect(cursorDoubt(column("created_at", "instant"), ["a"])).toContain("only new rows are");
  expect(cursorDoubt(column("day", "date"), ["a"])).toContain("when it is over");
  expect(cursorDoubt(column("updated_at", "instant"), ["a"])).toBeUndefined();
});

test("mode, fence and overlap are told in words", () => {
  expect(cursorWords("id", undefined)).toBe(
    "Each run reads the rows whose id is higher than what was delivered before. The first run reads all of them. A run that is repeated gives the same points.",
  );
  expect(cursorWords("id", "7")).toContain("The first run begins at 7.");
  expect(fenceWords("lag", 90)).toBe("by age: rows are left alone until they are 90 seconds old");
  expect([overlapWords(600, "instant"), overlapWords(600, "integer"), overlapWords(0, "instant")]).toEqual(["10 minutes", "600", "none"]);
});
