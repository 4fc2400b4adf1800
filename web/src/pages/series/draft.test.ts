import { expect, test } from "vitest";
import type { Series } from "../../api/series";
import { type Draft, draftOf, EMPTY_DRAFT, measurementFrom, modeOf, patchOf, previewMode, specOf } from "./draft";
import { lostColumns, mappingOf, roleOf, withPatterns, withRole } from "./mappingDraft";

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

/** All that a mapping can say. */
const STORED = {
  id: "1", name: "orders", revision: 1, created_at: "", updated_at: "", query_id: "q", connection_id: "c", group_id: "g", position: 3, enabled: false,
  mapping: {
    measurement: { column: "kind" }, tags: ["country", "*_id", "!secret_id"], fields: { columns: ["orders", "temp_*", "!temp_secret"] },
    time: { column: "at", format: "native", pattern: "%d.%m.%Y %H:%M", zone: "Europe/Berlin", repeated: "later", skipped: "shift" },
    empty_row: "reject", not_a_number: "reject", unsigned: "text", decimal: "integer", time_field: "unix_ms", bytes: "hex", long_text: "truncate",
    renames: { orders: "count", temp_in: "inside" }, constant_tags: { shop: "north" }, constant_fields: { build: { integer: 7 }, up: { boolean: true } },
    field_types: { orders: "float" }, nulls: { orders: { default: "0" }, country: "omit", kind: "reject", at: "reject" },
  },
  mode: { mode: "window", lag_s: 5 }, parameters: { shop: "7" }, rejects: { limit: 5, when_full: "count" },
} as Series;

test("a stored series comes back as it was", () => {
  const { mapping, mode, rejects } = STORED;
  expect(specOf(draftOf(STORED))).toEqual({ name: "orders", query_id: "q", connection_id: "c", group_id: "g", enabled: false, mapping, mode, parameters: { shop: "7" }, rejects });
});

test("a change says only what was changed, so that nothing else can be lost", () => {
  const before = { ...STORED, mapping: { ...STORED.mapping, later: "what this console does not know" } } as Series;
  const draft = draftOf(before);
  expect(patchOf(before, draft)).toEqual({});
  expect(patchOf(before, { ...draft, renames: { temp_in: "indoors" }, zone: "UTC", parameters: {} })).toEqual({
    mapping: { renames: { orders: null, temp_in: "indoors" }, time: { zone: null } }, parameters: { shop: null },
  });
  expect(patchOf(before, withRole(draft, "at", "unused", COLUMNS)).mapping).toMatchObject({ time: null });
});

test("what is said of a column is not sent while its role has no use for it, and is there again with the role", () => {
  const draft = draftOf(STORED);
  const tag = withRole(draft, "orders", "tag", COLUMNS);
  expect(mappingOf(tag)).toMatchObject({ renames: { orders: "count" }, nulls: { orders: { default: "0" } } });
  expect(mappingOf(tag).field_types).toBeUndefined();
  const nothing = withRole(tag, "orders", "unused", COLUMNS);
  expect([mappingOf(nothing).renames, mappingOf(nothing).nulls?.orders]).toEqual([{ temp_in: "inside" }, undefined]);
  expect(mappingOf(withRole(nothing, "orders", "field", COLUMNS))).toMatchObject({ renames: { orders: "count" }, field_types: { orders: "float" } });
});

test("a column that a pattern gives its role is taken out of it by its chip, and put back", () => {
  const columns = [...COLUMNS, { name: "shop_id", kind: "integer" as const }, { name: "temp_in", kind: "float" as const }];
  const draft = draftOf(STORED);
  expect([roleOf(draft, "shop_id"), roleOf(draft, "secret_id"), roleOf(draft, "temp_in"), roleOf(draft, "temp_secret")]).toEqual(["tag", "unused", "field", "unused"]);
  const out = withRole(withRole(draft, "shop_id", "unused", columns), "temp_in", "unused", columns);
  expect(mappingOf(out)).toMatchObject({ tags: ["country", "*_id", "!secret_id", "!shop_id"], fields: { columns: ["orders", "temp_*", "!temp_secret", "!temp_in"] } });
  const named = withRole(draft, "shop_id", "field", columns);
  expect(mappingOf(named)).toMatchObject({ tags: ["country", "*_id", "!secret_id"], fields: { columns: ["orders", "shop_id", "temp_*", "!temp_secret"] } });
  const back = withRole(withRole(out, "shop_id", "tag", columns), "temp_in", "field", columns);
  expect(mappingOf(back)).toEqual(STORED.mapping);
  // Where every other column is a field, the list of fields names none.
  const rest = { ...EMPTY_DRAFT, tag_patterns: ["*_id"] };
  expect(mappingOf(withRole(rest, "shop_id", "field", columns))).toMatchObject({ tags: ["*_id", "!shop_id"], fields: "rest" });
});

test("a new pattern takes over what it matches", () => {
  const draft: Draft = { ...EMPTY_DRAFT, others: "unused", roles: { at: "time", orders: "field", country: "tag" } };
  expect(mappingOf(withPatterns(draft, "field_patterns", ["*"]))).toMatchObject({ tags: [], fields: { columns: ["*"] }, time: { column: "at" } });
  expect(withPatterns({ ...draft, field_patterns: ["or*"] }, "field_patterns", ["or*", "!country"]).roles).toEqual(draft.roles);
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
