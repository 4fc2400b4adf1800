import { expect, test } from "vitest";
import type { Group } from "../../api/groups";
import { draftOf, missing, newDraft, recipesOf, specOf } from "./draft";

const identity = { id: "1", name: "nightly", revision: 1, created_at: "", updated_at: "", words: "" };

test("a stored group comes back as it was", () => {
  const cron = { schedule: { cron: "0 3 * * *" }, time_zone: "Europe/Berlin", overlap: "queue_one", missed: { all: 7 }, enabled: false } as const;
  expect(specOf(draftOf({ ...identity, ...cron } as Group))).toEqual(cron);
  const every = { schedule: { every_s: 30 }, time_zone: "UTC", overlap: "skip", missed: "skip", enabled: true } as const;
  expect(specOf(draftOf({ ...identity, ...every } as Group))).toEqual(every);
});

test("a group as a command leaves out what is so anyway", () => {
  const draft = { ...newDraft(), name: "nightly", cron: "0 3 * * *", time_zone: "UTC" };
  expect(recipesOf(draft)[1]?.text).toBe("tributary group create nightly --cron '0 3 * * *'");
  expect(recipesOf({ ...draft, kind: "every", every_s: 30, missed: "all", most: 5 })[1]?.text).toBe("tributary group create nightly --every 30s --missed all:5");
});

test("what is blank is told at its field", () => {
  expect(missing(newDraft())?.field).toBe("name");
  expect(missing({ ...newDraft(), name: "a", cron: " " })?.field).toBe("schedule");
  expect(missing({ ...newDraft(), name: "a" })).toBeUndefined();
});
