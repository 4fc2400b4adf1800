import { expect, test } from "vitest";
import { cronFields, isFixed, wrongField } from "./cron";

test("a line has five fields, or six with seconds first", () => {
  expect(cronFields(" 0 7 * * MON-FRI ").map(({ name, text }) => `${name} ${text}`)).toEqual(["minute 0", "hour 7", "day of month *", "month *", "day of week MON-FRI"]);
  expect(cronFields("30 0 7 * * *")[0]).toEqual({ name: "second", text: "30" });
  expect(cronFields("* * * *")).toEqual([]);
});

test("a line that names times of day is fixed, as the server has it", () => {
  expect(["30 2 * * *", "0 8,20 * * *", "0 30 2 * * MON"].map(isFixed)).toEqual([true, true, true]);
  expect(["*/15 * * * *", "0 * * * *", "0 9-17 * * *", "nonsense"].map(isFixed)).toEqual([false, false, false, false]);
});

test("the field that a refusal names is found", () => {
  expect(wrongField("cron line `0 25 * * *`: the hour field `25` cannot be read: number out of bounds")).toBe("hour");
  expect(wrongField("cron line `* * * *`: a line has 5 fields, or 6 with seconds first; this has 4")).toBeUndefined();
});
