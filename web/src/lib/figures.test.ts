import { expect, test } from "vitest";
import { figuresOf, measured } from "./figures";

test("gaps are in no figure", () => {
  expect(figuresOf([null, 4, undefined, Number.NaN, 1, 7, null])).toEqual({ count: 3, least: 1, mean: 4, most: 7, last: 7 });
  expect(figuresOf([null])).toEqual({ count: 0, least: null, mean: null, most: null, last: null });
});

test("a mean of thousands of values is no tail of digits", () => {
  expect(measured(1 / 3)).toBe("0.333333");
  expect(measured(1_234_567.8)).toBe("1234570");
  expect(measured(null)).toBe("–");
});
