import { expect, test } from "vitest";
import type { Database } from "../../api/databases";
import { dsnOf } from "../../lib/dsn";
import { blank, checkBody, filled, isMoved, isReachedOtherwise, missing, newBody, patchOf, recipesOf, valuesOf } from "./draft";

const stored = {
  id: "6f1f0f3e-0000-4000-8000-000000000001", name: "shop", revision: 3, created_at: "2026-11-21T12:00:00Z", updated_at: "2026-11-21T12:00:00Z",
  engine: "postgres", host: "db", database: "shop", username: "reader", tls: "prefer", statement_timeout_ms: 300_000, max_reads: 4,
  secrets: { password: { set: true } },
} as unknown as Database;

test("an address fills the form, and the name that nobody gave", () => {
  const dsn = dsnOf("postgres://anna:pw@db:5433/shop");
  expect(dsn && filled(blank(), dsn)).toEqual({
    engine: "postgres", host: "db", port: 5433, database: "shop", username: "anna", password: "pw", name: "shop",
  });
  const file = dsnOf("sqlite:/var/lib/till.db");
  expect(file && filled({ ...blank(), name: "mine" }, file)).toMatchObject({ engine: "sqlite", path: "/var/lib/till.db", name: "mine" });
});

test("an engine is sent what it knows and nothing else", () => {
  const values = { ...blank(), name: " till ", engine: "sqlite" as const, path: "/t.db", password: "pw" };
  expect(newBody(values)).toEqual({
    name: "till", engine: "sqlite", path: "/t.db", connect_timeout_ms: 10_000, statement_timeout_ms: 300_000, lock_timeout_ms: 10_000, max_reads: 4, secrets: {},
  });
});

test("a form that nobody touched changes nothing, and only what changed is sent", () => {
  expect(patchOf(valuesOf(stored), stored)).toEqual({});
  expect(patchOf({ ...valuesOf(stored), port: 5433, timeout_s: 1.5, password: "" }, stored)).toEqual({ port: 5433, statement_timeout_ms: 1_500 });
});

test("only what changes the way to it is checked", () => {
  expect(isReachedOtherwise({ name: "a", notes: "b", max_reads: 1 })).toBe(false);
  expect(isReachedOtherwise({ tls: "verify" })).toBe(true);
  expect(isReachedOtherwise({ secrets: { password: "x" } })).toBe(true);
});

test("a check of a change uses the password that is kept", () => {
  expect(checkBody(valuesOf(stored), stored.id)).toMatchObject({ replaces: stored.id, secrets: {} });
});

test("another host, port or user is another place for the password, another database is not", () => {
  expect(isMoved({ ...valuesOf(stored), database: "other" }, stored)).toBe(false);
  for (const change of [{ host: "db2" }, { port: 1 }, { username: "bob" }]) expect(isMoved({ ...valuesOf(stored), ...change }, stored)).toBe(true);
});

test("what an engine needs is told at its field", () => {
  expect(Object.keys(missing({ ...blank(), host: "" }))).toEqual(["name", "host", "database", "username"]);
  expect(Object.keys(missing({ ...blank(), name: "x", engine: "sqlite", path: "shop.db", max_reads: 0 }))).toEqual(["path", "max_reads"]);
});

test("no recipe holds the password", () => {
  const texts = recipesOf({ ...valuesOf(stored), password: "hunter2" }, true).map(({ text }) => text);
  for (const text of texts) {
    expect(text).toContain('"$DATABASE_PASSWORD"');
    expect(text).not.toContain("hunter2");
  }
});

test("certificates are sent where they are used, and the key of one that is not shown any more is forgotten", () => {
  const values = { ...blank(), name: "shop", database: "shop", username: "reader", ca_certificate: "CA", client_certificate: "OURS", client_key: "KEY" };
  expect(newBody({ ...values, tls: "verify" })).toMatchObject({ ca_certificate: "CA", client_certificate: "OURS", secrets: { client_key: "KEY" } });
  expect(newBody({ ...values, tls: "require" })).not.toHaveProperty("ca_certificate");
  expect(newBody({ ...values, tls: "disable", client_key: undefined })).not.toHaveProperty("client_certificate");
  const shown = { ...stored, tls: "verify", ca_certificate: "CA", client_certificate: "OURS", secrets: { password: { set: true }, client_key: { set: true } } } as unknown as Database;
  expect(patchOf(valuesOf(shown), shown)).toEqual({});
  expect(patchOf({ ...valuesOf(shown), client_certificate: "" }, shown)).toEqual({ client_certificate: null, secrets: { client_key: null } });
});

test("what a driver is told comes back as it was", () => {
  const shared = { ...stored, connect_timeout_ms: 1_500, lock_timeout_ms: 500, secrets: {} };
  const adbc = { ...shared, engine: "adbc", driver: "adbc_driver_x", uri: "x://{password}@h", options: { "a.b": "c=d" }, dialect: "mysql" } as unknown as Database;
  expect(patchOf(valuesOf(adbc), adbc)).toEqual({});
  expect(patchOf({ ...valuesOf(adbc), options: "e=f" }, adbc)).toEqual({ options: { "a.b": null, e: "f" } });
  const odbc = { ...shared, engine: "odbc", connection: "DSN=shop" } as unknown as Database;
  expect(patchOf(valuesOf(odbc), odbc)).toEqual({});
  expect(isMoved({ ...valuesOf(odbc), connection: "DSN=other" }, odbc)).toBe(true);
  expect(Object.keys(missing({ ...blank(), name: "x", engine: "adbc", options: "alone" }))).toEqual(["driver", "uri", "options"]);
  expect(Object.keys(missing({ ...blank(), name: "x", engine: "odbc", connect_s: 0, lock_s: "" }))).toEqual(["connection", "connect_s", "lock_s"]);
});
