import { expect, test } from "vitest";
import { exploreSearch, isOfRange, toggled } from "./exploreSearch";
import { fromLocalInput, localInput, spanOf, stretched, wider } from "./timeRange";

test("a stretch ends now and has its length", () => {
  const now = Date.UTC(2026, 10, 21, 12);
  expect(spanOf({ range: "15m" }, now)).toEqual({ from: "2026-11-21T11:45:01.000Z", to: "2026-11-21T12:00:01.000Z" });
  expect(spanOf({ range: "15m", from: "a", to: "b" }, now)).toEqual({ from: "a", to: "b" });
});

test("what is empty is widened to a day and to the longest, never to something shorter", () => {
  expect(wider({ range: "1h" })).toEqual(["24h", "30d"]);
  expect(wider({ range: "7d" })).toEqual(["30d"]);
  expect(wider({ range: "30d" })).toEqual([]);
  expect(wider({ from: "a", to: "b" })).toEqual(["24h", "30d"]);
});

test("a custom stretch grows on both sides, and what a field of time holds is what was put there", () => {
  const span = { from: "2026-11-21T12:00:00.000Z", to: "2026-11-21T13:00:00.000Z" };
  expect(stretched(span, 3)).toEqual({ from: "2026-11-21T11:00:00.000Z", to: "2026-11-21T14:00:00.000Z" });
  expect(fromLocalInput(localInput(span.from))).toBe(span.from);
  expect(fromLocalInput("")).toBeUndefined();
});

test("the address keeps what belongs there and nothing else", () => {
  expect(
    exploreSearch({
      connection: "shop", measurement: 2026, fields: ["a", 1, "a", null], tags: { host: ["x"], none: [], wrong: {} }, aggregate: "mode", range: "2y",
      from: "2026-11-21T13:00:00+01:00", to: "2026-11-21T14:00:00Z", view: "picture", other: 1,
    }),
  ).toEqual({
    connection: "shop", measurement: "2026", fields: ["a", "1"], tags: { host: ["x"] }, from: "2026-11-21T12:00:00.000Z", to: "2026-11-21T14:00:00.000Z",
  });
  expect(exploreSearch({ from: "2026-11-21T13:00:00Z", to: "2026-11-21T12:00:00Z", tags: ["a"] })).toEqual({});
  expect(toggled(toggled(["a"], "b"), "a")).toEqual(["b"]);
});

test("a text that names the range is of it", () => {
  expect(["time > :from", "GROUP BY time(:interval)", "range(start: v.timeRangeStart)", "SHOW DATABASES", "a::float"].map(isOfRange)).toEqual([
    true, true, true, false, false,
  ]);
});
