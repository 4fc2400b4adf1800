import { expect, test } from "vitest";
import { byRun, rejectSearch, resentWords, summed } from "./rejectSearch";

test("the address names a run or a series, never both", () => {
  expect(rejectSearch({ series: "orders", run: "7" })).toEqual({ run: "7" });
  expect(rejectSearch({ series: 2024 })).toEqual({ series: "2024" });
  expect(rejectSearch({ series: "", page: 2 })).toEqual({});
});

test("rows are gathered by their run", () => {
  expect(byRun([{ run_id: "a", row: 1 }, { run_id: "b", row: 1 }, { run_id: "a", row: 3 }])).toEqual([{ run: "a", rows: [1, 3] }, { run: "b", rows: [1] }]);
});

test("what came of sending again is one sentence over all runs", () => {
  const none = { written: 0, still_rejected: 0, cut: 0, without_line: 0 };
  expect(resentWords(summed([{ ...none, written: 2 }, { ...none, written: 1, still_rejected: 1 }], none))).toBe("3 lines written; 1 line refused again, with the reason of now");
  expect(resentWords({ ...none, without_line: 1 })).toContain("1 row never became a line");
  expect(resentWords(none)).toBe("There was nothing to send");
});
