import { expect, test } from "vitest";
import { alone, hasCircles, lineLook } from "./lineLook";

test("no two of twenty-eight lines look alike, and only the first seven are whole", () => {
  for (const scheme of ["light", "dark"] as const) {
    const looks = Array.from({ length: 28 }, (_, at) => JSON.stringify(lineLook(at, scheme)));
    expect(new Set(looks).size).toBe(28);
  }
  expect(lineLook(6, "light").dash).toEqual([]);
  expect(lineLook(7, "light").dash).not.toEqual([]);
});

test("few points are circles, many are not", () => {
  expect(hasCircles([Array(30).fill(1), Array(30).fill(2)])).toBe(true);
  expect(hasCircles([Array(30).fill(1), Array(31).fill(2)])).toBe(false);
  expect(hasCircles([[...Array(60).fill(1), ...Array(500).fill(undefined)]])).toBe(true);
});

test("a point between two gaps is alone, one that the line goes through is not", () => {
  expect(alone([1, 2, null, 3, undefined, null, 4, undefined, 5])).toEqual([3]);
  expect(alone([undefined, 7, undefined])).toEqual([1]);
  expect(alone([])).toEqual([]);
});
