import { expect, test } from "vitest";
import type { Series } from "../../api/series";
import { type Draft, draftOf, EMPTY_DRAFT, lostColumns, mappingOf, measurementFrom, modeOf, previewMode, roleOf, specOf, withRole } from "./draft";

const COLUMNS = [{ name: "country", kind: "text" as const }, { name: "orders", kind: "integer" as const }, { name: "at", kind: "instant" as const }];

test("while no column is left out, every other column is a field, also one that comes later", () => {
  const draft = withRole({ ...EMPTY_DRAFT, measurement: " orders " }, "country", "tag", COLUMNS);
  expect(mappingOf(draft)).toMatchObject({ measurement: { name: "orders" }, tags: ["country"], fields: "rest" });
  const less = withRole(draft, "at", "unused", COLUMNS);
  expect(mappingOf(less).fields).toEqual({ columns: ["orders"] });
  expect(roleOf(less, "later")).toBe("unused");
  expect(mappingOf(withRole(less, "at", "field", COLUMNS)).fields).toBe("rest");
});

test("there is one time and one measurement", () => {
  let draft = withRole(withRole(EMPTY_DRAFT, "at", "time", COLUMNS), "country", "time", COLUMNS);
  expect(draft.roles).toEqual({ at: "field", country: "time", orders: "field" });
  draft = withRole({ ...draft, format: "unix_s", zone: "Europe/Berlin" }, "at", "measurement", COLUMNS);
  expect(mappingOf(draft)).toMatchObject({
    measurement: { column: "at" }, time: { column: "country", format: "unix_s", zone: "Europe/Berlin" }, fields: "rest",
  });
});

test("a stored series comes back as it was", () => {
  const stored = {
    id: "1", name: "orders", revision: 1, created_at: "", updated_at: "", query_id: "q", connection_id: "c", group_id: "g", position: 3, enabled: false,
    mapping: {
      measurement: { name: "orders" }, tags: ["country"], fields: { columns: ["orders"] }, time: { column: "at", format: "native" },
      empty_row: "reject", not_a_number: "omit", unsigned: "integer", decimal: "text", time_field: "text", bytes: "base64", long_text: "reject",
      constant_tags: { shop: "north" }, renames: { orders: "count" },
    },
    mode: { mode: "window", lag_s: 5 }, parameters: { shop: "7" }, rejects: { limit: 5, when_full: "count" },
  } as Series;
  expect(specOf(draftOf(stored))).toEqual({
    name: "orders", query_id: "q", connection_id: "c", group_id: "g", enabled: false, mapping: stored.mapping, mode: stored.mode, parameters: { shop: "7" },
    rejects: stored.rejects,
  });
});

test("columns that the query lost are told, and left out when that is wished", () => {
  const stored: Draft = { ...EMPTY_DRAFT, roles: { gone: "tag", country: "tag" } };
  expect(lostColumns(stored, COLUMNS)).toEqual(["gone"]);
  const mended = withRole(stored, "gone", "unused", COLUMNS);
  expect([lostColumns(mended, COLUMNS), mappingOf(mended).tags, mappingOf(mended).fields]).toEqual([[], ["country"], "rest"]);
});

test("a window has a length, or reaches back to the slot before", () => {
  const window = { ...EMPTY_DRAFT, mode: "window" as const, lag_s: 10 };
  expect(modeOf(window)).toEqual({ mode: "window", length_s: 3600, lag_s: 10 });
  expect(modeOf({ ...window, window: "slot" })).toEqual({ mode: "window", lag_s: 10 });
});

test("a measurement is named after its query", () => {
  expect(measurementFrom("Größe der Aufträge (Stunde)")).toBe("größe_der_aufträge_stunde");
});

test("how new rows are told comes back as it was", () => {
  const mode = {
    mode: "incremental" as const, cursor: "changed", key: ["id", "part"], fence: { lag_s: 90 }, overlap: 600, null_cursor: "sweep" as const, start: "2026-11-01",
    zone: "Europe/Berlin", page_rows: 1_000,
  };
  const draft = draftOf({ name: "orders", mapping: { measurement: { name: "orders" } }, mode } as unknown as Series);
  expect(modeOf(draft)).toEqual(mode);
  expect(modeOf({ ...draft, fence: "transaction_id", start: " ", cursor_zone: "UTC" })).toEqual({
    mode: "incremental", cursor: "changed", key: ["id", "part"], fence: "transaction_id", overlap: 600, null_cursor: "sweep", page_rows: 1_000,
  });
});

test("rows are shown as long as nobody has said which of them are new", () => {
  const draft: Draft = { ...EMPTY_DRAFT, mode: "incremental" };
  expect(previewMode(draft)).toEqual({ mode: "snapshot" });
  expect(previewMode({ ...draft, cursor: "id" })).toEqual({ mode: "snapshot" });
  expect(previewMode({ ...draft, cursor: "id", roles: { at: "time" } })).toMatchObject({ mode: "incremental", cursor: "id" });
});
