import { expect, test } from "vitest";
import { emptyDraft, recipesOf, wantedOf } from "./draft";

test("a blank end is left to the server, and hours have no zone", () => {
  expect(wantedOf({ ...emptyDraft(), from: "2026-11-20T08:00", zone: "Europe/Berlin" })).toEqual({ from: new Date(2026, 10, 20, 8).toISOString(), every: "hour" });
});

test("days have one", () => {
  const wanted = wantedOf({ from: "2026-11-20T08:00", to: "2026-11-22T08:00", every: "day", zone: "Europe/Berlin" });
  expect(wanted).toMatchObject({ every: "day", zone: "Europe/Berlin", to: new Date(2026, 10, 22, 8).toISOString() });
  expect(wantedOf({ ...emptyDraft(), from: "soon" }).from).toBe("");
});

test("the same is told for a shell", () => {
  const [curl, line] = recipesOf("all orders", { from: "2026-11-01T00:00:00Z", every: "day", zone: "Europe/Berlin" });
  expect(curl?.text).toContain("/series/all%20orders/audits");
  expect(line?.text).toBe("tributary audit start 'all orders' \\\n  --from 2026-11-01T00:00:00Z \\\n  --every day \\\n  --zone Europe/Berlin");
});
