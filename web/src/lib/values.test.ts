import { expect, test } from "vitest";
import { shownValue } from "./values";

test("nothing is rounded, and what is empty says how", () => {
  expect(shownValue("integer", "9007199254740993")).toEqual({ text: "9007199254740993", word: false });
  expect(shownValue("float", 0.1)).toEqual({ text: "0.1", word: false });
  expect(shownValue("text", null)).toEqual({ text: "NULL", word: true });
  expect(shownValue("text", "NULL")).toEqual({ text: "NULL", word: false });
  expect(shownValue("text", "")).toEqual({ text: "empty text", word: true });
  expect(shownValue("boolean", false)).toEqual({ text: "false", word: false });
});

test("an instant is shown in UTC as it came, with the viewer's time beside it", () => {
  const { text, aside } = shownValue("instant", "2026-11-21T14:05:00.250Z");
  expect(text).toBe("2026-11-21T14:05:00.250Z");
  expect(aside).toMatch(/here$/);
});

test("bytes tell their length", () => {
  expect(shownValue("bytes", "AP8=").aside).toBe("2 bytes, as base64");
  expect(shownValue("bytes", "AQ==").aside).toBe("1 byte, as base64");
  expect(shownValue("bytes", "AAAA").aside).toBe("3 bytes, as base64");
});
