import { expect, test } from "vitest";
import { rowWords } from "./rowWords";

test("rows are named as long as they are few", () => {
  expect(rowWords([3], 1)).toBe("row 3");
  expect(rowWords([1, 2, 5], 3)).toBe("rows 1, 2 and 5");
  expect(rowWords([1, 2, 3, 4, 5, 6], 17)).toBe("rows 1, 2, 3, 4, 5 and 12 more");
  expect(rowWords([4], 9)).toBe("rows 4 and 8 more");
});
