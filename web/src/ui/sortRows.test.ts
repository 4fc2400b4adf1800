import { expect, test } from "vitest";
import { naturally } from "./sortRows";

test("names are sorted as people count, numbers by their size", () => {
  expect(["shop 10", "Shop 2", "älter", "alt", "shop 1"].sort(naturally)).toEqual(["alt", "älter", "shop 1", "Shop 2", "shop 10"]);
  expect([10, 9, -1].sort(naturally)).toEqual([-1, 9, 10]);
  expect(["b", null, "a"].sort(naturally)).toEqual([null, "a", "b"]);
});
