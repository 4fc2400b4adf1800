import { expect, test } from "vitest";
import { about, auditSearch, counted, csvOf, foundWords, mending, strip } from "./audits";

const AUDIT = {
  from: "2026-11-20T00:00:00Z", to: "2026-11-21T00:00:00Z", every: "hour" as const, state: "differs" as const, compared: 24, differing: 2,
  progress: { at: "2026-11-21T00:00:00Z", rows: 1_440 },
};

function hour(at: number, more: Partial<Parameters<typeof csvOf>[0][number]> = {}) {
  const of = (number: number) => new Date(Date.parse(AUDIT.from) + number * 3_600_000).toISOString();
  return { from: of(at), to: of(at + 1), rows: 60, points_expected: 60, points: 59, missing: 1, surplus: 0, rejected: 0, sums: [], mendable: true, ...more };
}

test("only what belongs into the address of the list stays", () => {
  expect(auditSearch({ series: 7, before: "", state: "differs" })).toEqual({ series: "7" });
});

test("what was found is told in a line", () => {
  expect(foundWords(AUDIT)).toBe("2 of 24 hours differ");
  expect(foundWords({ ...AUDIT, differing: 1, every: "day", compared: 31 })).toBe("1 of 31 days differs");
  expect(foundWords({ ...AUDIT, state: "agrees", differing: 0, compared: 1 })).toBe("The only hour agrees");
  expect(foundWords({ ...AUDIT, state: "agrees", differing: 0 })).toBe("All 24 hours agree");
  expect(foundWords({ ...AUDIT, state: "running", progress: { at: "2026-11-20T12:00:00Z", rows: 1 } })).toBe("50 % compared, 1 row read");
  expect(foundWords({ ...AUDIT, state: "cancelled", progress: { rows: 2 } })).toBe("Ended before its end, 2 rows read");
});

test("how much is counted stays within the range", () => {
  expect(counted({ ...AUDIT, state: "running", progress: { rows: 0 } })).toBe(0);
  expect(counted({ ...AUDIT, state: "running", progress: { at: "2026-11-22T00:00:00Z", rows: 0 } })).toBe(100);
});

test("what reading again mends is told apart from what it does not", () => {
  const sums = [{ measurement: "m", field: "f", expected: 2, found: 1 }];
  const all = [hour(1), hour(2, { missing: 0, sums, mendable: false }), hour(3, { missing: 0, surplus: 4, rejected: 2, mendable: false })];
  expect(mending(all)).toEqual({ byHand: 1, surplus: 4, missing: 1, rejected: 2 });
});

test("the strip shows where it differs, however many intervals stand for one part", () => {
  const looks = (most: number, ...hours: number[]) => strip(AUDIT, hours.map((at) => hour(at)), most).map(({ look }) => look);
  expect(looks(100, 0, 23).map((look, at) => (look === "differs" ? at : -1)).filter((at) => at >= 0)).toEqual([0, 23]);
  expect(looks(2, 11)).toEqual(["differs", "agrees"]);
  expect(looks(2, 12)).toEqual(["agrees", "differs"]);
  expect(new Set(strip({ ...AUDIT, state: "running" }, [], 5).map(({ look }) => look))).toEqual(new Set(["open"]));
});

test("the table of differences is CSV, whatever a measurement is called", () => {
  const sums = [{ measurement: 'a "b"', field: "c,d", expected: 2.5, found: 1 }];
  const text = csvOf([hour(1, { sums })]);
  expect(text.split("\r\n")).toEqual([
    "from,to,rows,points_expected,points,missing,surplus,rejected,sums,mendable",
    '2026-11-20T01:00:00.000Z,2026-11-20T02:00:00.000Z,60,60,59,1,0,0,"a ""b"".c,d 2.5/1",true',
    "",
  ]);
});

test("how many intervals a range has is told before it is asked for", () => {
  expect(about(AUDIT.from, AUDIT.to, "hour", 0)).toBe(24);
  expect(about(AUDIT.from, undefined, "day", Date.parse("2026-11-22T01:00:00Z"))).toBe(3);
  expect([about(undefined, AUDIT.to, "day", 0), about(AUDIT.to, AUDIT.from, "day", 0)]).toEqual([undefined, undefined]);
});
