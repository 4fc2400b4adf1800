import { expect, test } from "vitest";
import { actsOf, backfillSearch, chunkLength, chunkLengthWords, chunkWords, looksLikeTime, needing, shares } from "./backfills";

test("only what belongs into the address of the list stays", () => {
  expect(backfillSearch({ series: 7, state: "paused", before: "", evil: "x" })).toEqual({ series: "7", state: "paused" });
  expect(backfillSearch({ state: "done" })).toEqual({});
});

test("what can be done depends on where it stands", () => {
  expect(actsOf({ state: "running", failed: [] })).toEqual(["pause", "cancel"]);
  expect(actsOf({ state: "paused", failed: [3] })).toEqual(["resume", "retry", "cancel"]);
  expect(actsOf({ state: "partial", failed: [3] })).toEqual(["retry"]);
  expect(actsOf({ state: "partial", failed: [] })).toEqual([]);
  expect(actsOf({ state: "cancelled", failed: [3] })).toEqual([]);
});

test("a paused backfill needs a person, and one whose chunks failed, until a newer one is there or it is long ago", () => {
  const since = Date.parse("2026-11-20T00:00:00Z");
  const one = (id: string, series_id: string, state: "failed" | "partial" | "running" | "paused" | "cancelled", ended_at: string | null, failed: number[]) => ({
    id, series_id, state, ended_at, failed, chunks: 9, done: 0, open: 0,
  });
  const paused = one("paused", "c", "paused", null, [1]);
  const all = [
    one("now", "a", "running", null, [3]),
    one("before", "a", "failed", "2026-11-20T01:00:00Z", [3]),
    one("partial", "b", "partial", "2026-11-20T01:00:00Z", [3]),
    one("rejects", "d", "partial", "2026-11-20T01:00:00Z", []),
    one("old", "e", "failed", "2026-11-19T01:00:00Z", [3]),
    one("stopped", "f", "cancelled", "2026-11-20T01:00:00Z", [3]),
    paused,
  ];
  expect(needing(all, [paused], since).map(({ id }) => id)).toEqual(["paused", "partial"]);
});

test("one failed chunk of a million can be seen, and the bar is never too long", () => {
  expect(shares({ chunks: 1_000_000, done: 999_999, failed: [1] })).toEqual({ done: 99, failed: 1 });
  expect(shares({ chunks: 4, done: 1, failed: [] })).toEqual({ done: 25, failed: 0 });
  expect(shares({ chunks: 0, done: 0, failed: [] })).toEqual({ done: 0, failed: 0 });
});

test("how far it has come is told in words, without what is not", () => {
  expect(chunkWords({ chunks: 1, done: 1, failed: [], open: 0 })).toBe("1 of 1 chunk done");
  expect(chunkWords({ chunks: 100, done: 12, failed: [4, 5], open: 1 })).toBe("12 of 100 chunks done, 2 failed, 1 on its way");
});

test("the length of a chunk is told by its bounds, never by the last one", () => {
  const length = (all: number, ...chunks: [number, string, string | null][]) => chunkLength(chunks.map(([number, from, to]) => ({ number, from, to })), all);
  expect(length(3, [2, "200", "205"], [1, "100", "200"])).toEqual({ units: 100 });
  expect(length(1, [0, "-5", "5"])).toEqual({ units: 10 });
  expect(length(9, [0, "2026-01-01", "2026-01-02"])).toEqual({ seconds: 86_400 });
  expect(length(9, [0, "2026-01-01 00:00:00", "2026-01-01 00:00:00.5"])).toEqual({ seconds: 0.5 });
  expect(length(9, [0, "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+00:00"])).toEqual({ seconds: 3_600 });
  // Slots have no end: it is how far they lie apart.
  expect(length(9, [1, "2026-01-01T00:15:00Z", null], [0, "2026-01-01T00:00:00Z", null])).toEqual({ seconds: 900 });
  expect(length(1, [0, "2026-01-01T00:15:00Z", null])).toBeUndefined();
  expect(length(1, [0, "a", "b"])).toBeUndefined();
  expect(length(3, [0, "1", "5"], [1, "8", "9"])).toBeUndefined();
  expect(length(0)).toBeUndefined();
});

test("a length is told in its unit", () => {
  expect(chunkLengthWords({ seconds: 7_200 })).toBe("2 hours");
  expect(chunkLengthWords({ seconds: 156_384 })).toBe("about 43\u2009h 26\u2009min");
  expect([chunkLengthWords({ units: 1 }), chunkLengthWords({ units: 2_000 })]).toEqual(["1 value", "2\u2009000 values"]);
});

test("a cursor's value looks like a time or not", () => {
  expect(["2026-01-01", " 2026-01-01 08:00:00", "2026-01-01T08:00:00Z", "20260101", "7", ""].map(looksLikeTime)).toEqual([true, true, true, false, false, false]);
});
