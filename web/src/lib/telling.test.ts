import { expect, test } from "vitest";
import { tellingColumns } from "./telling";

test("a column that tells every pair of twins apart is found, the one with the fewest values first", () => {
  const columns = [{ name: "id", kind: "integer" as const }, { name: "size", kind: "text" as const }, { name: "color", kind: "text" as const }, { name: "n", kind: "float" as const }];
  const rows = [[1, "S", "red", 1], [2, "M", "red", 2], [3, "S", "red", 3], [4, null, "blue", 4]];
  expect(tellingColumns(columns, rows, ["a", "a", "b", undefined])).toEqual(["size", "id"]);
});
