import { expect, test } from "vitest";
import { type Unit, withUnit } from "./units";

test.each<[number, Unit, string]>([
  [1234.5678, "none", "1234.57"],
  [1_234_567, "short", "1.235M"],
  [1_500_000, "bytes", "1.5\u2009MB"],
  [-2_048, "bytes", "-2.048\u2009kB"],
  [12.5, "percent", "12.5\u2009%"],
  [340, "ms", "340\u2009ms"],
  [90_000, "ms", "1.5\u2009min"],
  [7_200, "s", "2\u2009h"],
  [172_800, "s", "2\u2009d"],
])("%d as %s is %s", (value, unit, text) => expect(withUnit(value, unit)).toBe(text));

test("what is absent has no unit", () => expect(withUnit(null, "bytes")).toBe("–"));
