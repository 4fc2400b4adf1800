import { expect, test } from "vitest";
import { exampleWords, windowOf, windowWords } from "./windowWords";

test("a window is told with its length and lag", () => {
  expect(windowWords({ mode: "window", length_s: 3_600, lag_s: 120 })).toBe(
    "Each run reads a window of time that ends 2 minutes before the slot and is 1 hour long. Running a slot again gives the same points.",
  );
  expect(windowWords({ mode: "window", length_s: undefined, lag_s: 0 })).toContain("ends at the slot and begins where the window of the slot before ended");
});

test("the example names the day only where it is another", () => {
  const settings = { mode: "window" as const, length_s: 3_600, lag_s: 10 };
  const late = Date.parse("2026-11-21T14:00:00Z");
  expect(exampleWords("2026-11-21T14:00:00Z", windowOf(settings, late)!, "UTC")).toBe("The run of 14:00:00 reads from 12:59:50 up to, not including, 13:59:50.");
  const early = "2026-11-21T00:30:00Z";
  expect(exampleWords(early, windowOf(settings, Date.parse(early))!, "UTC")).toBe("The run of 00:30:00 reads from 2026-11-20 23:29:50 up to, not including, 00:29:50.");
  expect(windowOf({ ...settings, mode: "snapshot" }, late)).toBeUndefined();
});
