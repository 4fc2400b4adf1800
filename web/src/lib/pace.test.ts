import { expect, test } from "vitest";
import { averageSlotMs, shortestGapMs } from "./pace";

test("the runs of a slot are taken together, those by hand left out", () => {
  const run = (slot: string, seconds: number, trigger = "schedule") => ({ slot, trigger, started_at: "2026-11-21T12:00:00Z", finished_at: `2026-11-21T12:00:${seconds}Z` });
  expect(averageSlotMs([run("a", 10), run("a", 20), run("b", 50), run("b", 40, "manual")])).toBe(40_000);
  expect(averageSlotMs([run("a", 10, "manual")])).toBeUndefined();
});

test("the shortest time between two slots counts", () => {
  expect(shortestGapMs([{ at: "2026-11-21T12:00:00Z" }, { at: "2026-11-21T13:00:00Z" }, { at: "2026-11-21T13:10:00Z" }])).toBe(600_000);
  expect(shortestGapMs([])).toBeUndefined();
});
