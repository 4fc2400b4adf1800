import { expect, test } from "vitest";
import { type Counted, faring, type Healthy, inSight, nextStep, perStatus, slotSums } from "./health";
import type { RunStatus } from "./runSearch";

const counted = (series: string, status: RunStatus, runs: number, last: number): Counted => ({
  series_id: series, series_name: series, status, runs, last_run_id: String(last).padStart(4, "0"),
});

test("a series fares as its newest ended run, and what is over is told as over", () => {
  const counts = [
    counted("orders", "failed", 3, 9), counted("orders", "succeeded", 90, 8), counted("orders", "running", 1, 10),
    counted("stock", "failed", 2, 4), counted("stock", "succeeded", 1, 7),
    counted("revenue", "partial", 1, 5), counted("revenue", "empty", 4, 3),
    counted("idle", "empty", 8, 8),
    counted("now and then", "empty", 8, 8), counted("now and then", "succeeded", 1, 2),
    counted("fine", "succeeded", 5, 5), counted("fine", "missed", 5, 6),
  ];
  expect(faring(counts).map(({ name, faring, runs, run }) => [name, faring, runs, run])).toEqual([
    ["orders", "failing", 3, "0009"],
    ["revenue", "partial", 1, "0005"],
    ["idle", "empty", 8, "0008"],
    ["stock", "recovered", 2, "0004"],
  ]);
});

test("runs are summed over all series", () => {
  expect([...perStatus([counted("a", "failed", 2, 1), counted("b", "failed", 3, 2), counted("b", "empty", 1, 3)])]).toEqual([["failed", 5], ["empty", 1]]);
});

test("the next step is the first that is not done", () => {
  expect(nextStep({ connection: true, database: false, series: false, group: true })).toBe("database");
  expect(nextStep({ connection: true, database: true, series: true, group: true })).toBeUndefined();
});

test("the default and those that need somebody are in sight, the others are counted", () => {
  const one = (name: string, state: Healthy["state"], more: Partial<Healthy> = {}) => ({ name, state, default: false, gone: false, ...more });
  const all = [
    one("a", "verified"), one("b", "failing"), one("c", "unverified"), one("d", "verified", { gone: true }),
    one("e", "verified", { default: true }), one("f", "verified"), one("g", "failing"),
  ];
  const seen = (rows: number) => inSight(all, rows);
  expect(seen(5).shown.map(({ name }) => name)).toEqual(["e", "b", "d", "g", "c"]);
  expect(seen(5).left).toEqual([{ state: "verified", many: 2 }]);
  expect(seen(2).left).toEqual([{ state: "gone", many: 1 }, { state: "failing", many: 1 }, { state: "unverified", many: 1 }, { state: "verified", many: 2 }]);
  expect(seen(9).left).toEqual([]);
});

test("a slot is as good as the worst of its runs, and of each series the last try counts", () => {
  const run = (id: string, slot: string, series_id: string, status: RunStatus, rows_read = 1) => ({ id, slot, series_id, status, figures: { rows_read } });
  const sums = slotSums([
    run("6", "T2", "x", "succeeded", 5), run("5", "T2", "y", "running"), run("4", "T1", "y", "partial", 2),
    run("3", "T1", "x", "succeeded", 3), run("2", "T1", "x", "failed", 100), run("1", "T0", "x", "empty", 0),
  ]);
  expect(sums).toEqual([
    { slot: "T2", rows: 6, status: "running", run: "5" },
    { slot: "T1", rows: 5, status: "partial", run: "4" },
    { slot: "T0", rows: 0, status: "empty", run: "1" },
  ]);
});
