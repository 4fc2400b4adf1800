import { expect, test } from "vitest";
import { type Checked, causeOf, outages, summed, told } from "./checks";
import { instant } from "./format";

const at = (minute: number) => `2026-11-21T09:${String(minute).padStart(2, "0")}:00Z`;
const passed = (minute: number): Checked => ({ at: at(minute), verdict: "passed", took_ms: 12, asked_by: "server" });
const failed = (minute: number, code = "TRB-TCP-001"): Checked => ({ ...passed(minute), verdict: "failed", step: "tcp", code, detail: "nothing listens" });
const warned = (minute: number): Checked => ({ ...passed(minute), verdict: "warning", step: "tls", detail: "it ends soon" });

test("all checks are told in one sentence, the last failure with its cause", () => {
  expect(summed([])).toBe("Not checked yet");
  expect(summed([passed(1)])).toBe("The only check passed");
  expect(summed([warned(1)])).toBe("The only check passed with a warning");
  expect(summed([passed(2), warned(1)])).toBe("All 2 checks passed");
  expect(summed([warned(2), passed(1)])).toBe("All 2 checks passed, the newest with a warning");
  expect(summed([failed(1)])).toBe(`0 of 1 check passed, last failed ${instant(at(1))}: TRB-TCP-001 tcp: nothing listens`);
  expect(summed([passed(3), failed(2, "B"), failed(1, "A")])).toBe(`1 of 3 checks passed, last failed ${instant(at(2))}: B tcp: nothing listens`);
});

test("one check is told with its time, its length and its cause", () => {
  expect(told(passed(1))).toBe(`${instant(at(1))}: passed, 12\u2009ms`);
  expect(told(warned(1))).toBe(`${instant(at(1))}: passed with a warning, 12\u2009ms. tls: it ends soon`);
  expect(causeOf({ ...failed(1), detail: null, step: null })).toBe("TRB-TCP-001");
});

test("failures in a row with one cause are one outage, which lasts until a check passes", () => {
  const told = (checks: Checked[]) => outages(checks).map(({ from, to, checks, lasts }) => [from.at, to.at, checks, lasts]);
  expect(told([passed(9)])).toEqual([]);
  expect(told([failed(3), failed(2), passed(1)])).toEqual([[at(2), at(3), 2, true]]);
  expect(told([passed(4), failed(3), passed(2), failed(1)])).toEqual([[at(3), at(3), 1, false], [at(1), at(1), 1, false]]);
  expect(told([failed(3, "B"), failed(2, "A"), failed(1, "A")])).toEqual([[at(3), at(3), 1, true], [at(1), at(2), 2, true]]);
});
