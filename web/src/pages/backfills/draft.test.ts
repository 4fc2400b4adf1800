import { expect, test } from "vitest";
import { EMPTY_DRAFT, recipesOf, wantedOf } from "./draft";

test("what is blank is left to the server", () => {
  expect(wantedOf({ ...EMPTY_DRAFT, from: " 17 " }, false)).toEqual({ from: "17", parallel: 1, pause_s: 0 });
  expect(wantedOf({ from: "1", to: "9", chunk: 3, parallel: "", pause_s: "" }, false)).toEqual({ from: "1", to: "9", chunk: 3, parallel: 1, pause_s: 0 });
});

test("the ends of a window series are instants, whatever the viewer's zone", () => {
  const { from, to } = wantedOf({ ...EMPTY_DRAFT, from: "2026-11-20T08:00", to: "" }, true);
  expect(from).toBe(new Date(2026, 10, 20, 8).toISOString());
  expect(to).toBeUndefined();
  expect(wantedOf({ ...EMPTY_DRAFT, from: "soon" }, true).from).toBe("");
});

test("the same is told for a shell, without what is usual", () => {
  const [curl, line] = recipesOf("all orders", { from: "2026-01-01 00:00:00", to: "2026-02-01", chunk: 3_600, parallel: 4, pause_s: 2 }, true);
  expect(curl?.text).toContain("/series/all%20orders/backfills");
  expect(line?.text).toBe(
    "tributary backfill start 'all orders' \\\n  --from '2026-01-01 00:00:00' \\\n  --to 2026-02-01 \\\n  --chunk 3600s \\\n  --parallel 4 \\\n  --pause 2s",
  );
  expect(recipesOf("orders", { from: "1", chunk: 50 }, false)[1]?.text).toBe("tributary backfill start orders --from 1 --chunk 50");
});
