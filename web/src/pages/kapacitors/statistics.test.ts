import { expect, test } from "vitest";
import { inFigures } from "./statistics";

test("what a Kapacitor does not tell is left out", () => {
  expect(inFigures({})).toEqual([]);
  expect(inFigures({ version: "1.5.6", host: null, uptime_s: null, tasks: 0 })).toEqual([["Version", "1.5.6"], ["Tasks", "0", undefined]]);
});

test("figures are written as people read them", () => {
  expect(inFigures({ uptime_s: 7_500, tasks: 12, enabled_tasks: 9, memory_bytes: 41_000_000, points_received: 1_234_567 })).toEqual([
    ["Running for", "2\u2009h 5\u2009min"],
    ["Tasks", "12", "9 enabled"],
    ["Memory", "41\u2009MB"],
    ["Points received", "1\u2009234\u2009567", "since it started"],
  ]);
});
