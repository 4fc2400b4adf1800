import { expect, test } from "vitest";
import { moved } from "./order";

test("an item is moved up and down, and the others keep their order", () => {
  expect([moved("abcd".split(""), 0, 2), moved("abcd".split(""), 3, 0), moved("abcd".split(""), 1, 1)].map((list) => list.join(""))).toEqual(["bcad", "dabc", "abcd"]);
});
