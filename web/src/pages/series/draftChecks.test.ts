import { expect, test } from "vitest";
import type { Query } from "../../api/queries";
import type { Series } from "../../api/series";
import { EMPTY_DRAFT } from "./draft";
import { isDirty, missing, unused } from "./draftChecks";

test("a name that another series has gets a number, whatever its case", () => {
  const others = [{ name: "Orders" }, { name: "orders 2" }] as Series[];
  expect(unused("orders", others)).toBe("orders 3");
  expect(unused("stock", others)).toBe("stock");
});

test("what is missing is told in the order of the form", () => {
  const query = { id: "q", parameters: [] as unknown[] } as Query;
  expect(missing(EMPTY_DRAFT, undefined)?.field).toBe("query_id");
  const chosen = { ...EMPTY_DRAFT, query_id: "q" };
  expect(missing(chosen, query)?.field).toBe("name");
  expect(missing({ ...chosen, name: "orders" }, query)?.field).toBe("mapping.measurement");
  expect(missing({ ...chosen, name: "orders", measurement: "orders" }, query)?.field).toBe("connection_id");
  expect(missing({ ...chosen, name: "orders", measurement: "orders", connection_id: "c" }, query)).toBeUndefined();
});

test("the connection that is chosen beforehand is no change", () => {
  expect(isDirty({ ...EMPTY_DRAFT, connection_id: "c" }, EMPTY_DRAFT)).toBe(false);
  expect(isDirty({ ...EMPTY_DRAFT, name: "orders" }, EMPTY_DRAFT)).toBe(true);
});

test("a series of only new rows needs a cursor and a time", () => {
  const query = { id: "q", parameters: [] as unknown[] } as Query;
  const draft = { ...EMPTY_DRAFT, query_id: "q", name: "orders", measurement: "orders", connection_id: "c", mode: "incremental" as const };
  expect(missing(draft, query)?.field).toBe("mode.cursor");
  expect(missing({ ...draft, cursor: "id" }, query)?.field).toBe("mapping.time");
  expect(missing({ ...draft, cursor: "id", roles: { at: "time" } }, query)).toBeUndefined();
  expect(missing({ ...draft, cursor: "id", fence: "lag", fence_lag_s: "", roles: { at: "time" } }, query)?.field).toBe("mode.fence.lag_s");
});
