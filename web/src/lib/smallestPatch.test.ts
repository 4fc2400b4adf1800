import { expect, test } from "vitest";
import { smallestPatch } from "./smallestPatch";

const MERGED = ["mapping", "mapping.time"];

test("what was not changed is not said, whatever its order", () => {
  expect(smallestPatch({ a: { x: 1, y: [2] }, b: null }, { b: null, a: { y: [2], x: 1 } }, MERGED)).toEqual({});
});

test("what is merged says its changes only, and null for what is gone", () => {
  const before = { name: "n", mapping: { tags: ["a"], time: { column: "t", zone: "UTC" }, names: { a: "b" } } };
  expect(smallestPatch(before, { name: "n", mapping: { tags: ["a", "b"], time: { column: "t" }, names: {} } }, MERGED)).toEqual({
    mapping: { tags: ["a", "b"], time: { zone: null }, names: {} },
  });
  expect(smallestPatch(before, { name: "n", mapping: { tags: ["a"], names: { a: "b" } } }, MERGED)).toEqual({ mapping: { time: null } });
});

test("what is replaced is said whole", () => {
  expect(smallestPatch({ mode: { mode: "window", lag_s: 5 } }, { mode: { mode: "window", lag_s: 6 } }, MERGED)).toEqual({ mode: { mode: "window", lag_s: 6 } });
});
