import { expect, test } from "vitest";
import { fromLocalInput, localInput, narrowing, runSearch } from "./runSearch";

test("only what belongs into the address of the run list stays", () => {
  expect(runSearch({ series: 42, group: "", status: "failed", range: "24h", since: "2026-01-01T00:00:00Z", evil: "x" })).toEqual({
    series: "42", status: "failed", range: "24h",
  });
  expect(runSearch({ status: "done", range: "1y", since: "yesterday", until: "2026-01-01T00:00:00Z" })).toEqual({ until: "2026-01-01T00:00:00.000Z" });
});

test("the chunks of a backfill are runs like others", () => {
  expect(runSearch({ backfill: "0199f5c2", status: "failed" })).toEqual({ backfill: "0199f5c2", status: "failed" });
  expect(narrowing({ backfill: "0199f5c2" })).toBe(1);
});

test("an instant goes through the field and back", () => {
  expect(fromLocalInput(localInput("2026-11-21T07:05:00.000Z"))).toBe("2026-11-21T07:05:00.000Z");
  expect([fromLocalInput(""), fromLocalInput("soon"), localInput(undefined)]).toEqual([undefined, undefined, ""]);
});

test("a stretch of time narrows once, whichever way it is said", () => {
  expect(narrowing({ since: "2026-01-01T00:00:00Z", until: "2026-01-02T00:00:00Z", status: "failed" })).toBe(2);
  expect(narrowing({})).toBe(0);
});
