import { expect, test } from "vitest";
import { type Counted, faring, nextStep, perStatus } from "./health";
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
