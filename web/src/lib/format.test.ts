import { expect, test } from "vitest";
import { bytes, count, duration, fromNow } from "./format";

const plain = (text: string) => text.replaceAll("\u2009", " ");

test("thousands are set apart", () => {
  expect([0, 999, 1_000, 5_000_000].map((value) => plain(count(value)))).toEqual(["0", "999", "1 000", "5 000 000"]);
});

test("a length of time has the units that people use for it", () => {
  expect([3, 1_240, 59_400, 185_000, 7_440_000, 7_200_000].map((value) => plain(duration(value)))).toEqual([
    "3 ms", "1.2 s", "59 s", "3 min 5 s", "2 h 4 min", "2 h",
  ]);
});

test("bytes are counted in thousands", () => {
  expect([512, 1_400_000, 25_000_000].map((value) => plain(bytes(value)))).toEqual(["512 B", "1.4 MB", "25 MB"]);
});

test("an instant is told by its distance", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  expect(fromNow("2026-11-21T11:57:00Z", now)).toBe("3 minutes ago");
  expect(fromNow("2026-11-21T12:00:20Z", now)).toBe("in 20 seconds");
});
