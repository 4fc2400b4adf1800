import { expect, test } from "vitest";
import { lengthWords, localTime, nextClockChange, offsetMinutes, zones } from "./zones";

test("the next clock change of a zone is found to the second", () => {
  expect(nextClockChange("Europe/Berlin", Date.parse("2026-11-21T12:00:00Z"))).toEqual({ at: new Date("2027-03-28T01:00:00Z"), forward: true });
  expect(nextClockChange("Europe/Berlin", Date.parse("2027-06-01T00:00:00Z"))).toEqual({ at: new Date("2027-10-31T01:00:00Z"), forward: false });
  expect(nextClockChange("UTC", Date.parse("2026-11-21T12:00:00Z"))).toBeUndefined();
  expect(nextClockChange("Nowhere/Land", 0)).toBeUndefined();
});

test("a length is told in the largest unit that is whole", () => {
  expect([1, 60, 90, 300, 3_600, 86_400].map(lengthWords)).toEqual(["1 second", "1 minute", "90 seconds", "5 minutes", "1 hour", "1 day"]);
});

test("an instant is told in a zone", () => {
  expect(localTime("2026-11-21T12:00:00Z", "Europe/Berlin")).toBe("2026-11-21 13:00:00");
  expect(offsetMinutes("Asia/Kolkata", 0)).toBe(330);
});

test("UTC comes first", () => {
  expect(zones()[0]).toBe("UTC");
  expect(zones()).toContain("Europe/Berlin");
});
