import { expect, test } from "vitest";
import type { Connection } from "../../api/connections";
import { blank, isMoved, missing, newBody, patchOf, valuesOf, withDriver } from "./draft";

const stored = {
  id: "6f1f0f3e-0000-4000-8000-000000000001", organization_id: "6f1f0f3e-0000-4000-8000-000000000002", name: "shop", revision: 3,
  created_at: "2026-11-21T12:00:00Z", updated_at: "2026-11-21T12:00:00Z",
  driver: "v1", url: "https://influx.example.com:8086/", database: "telegraf", username: "writer", telegraf_database: "telegraf",
  tls: { pinned_sha256: "ab".repeat(32) }, timeout_ms: 30_000, insecure_skip_verify: false, gzip: "auto", batch_lines: 10_000, in_flight: 4,
  default: true, state: "verified", gone: false, secrets: { password: { set: true } },
} as unknown as Connection;

test("a new connection begins with what is usual", () => {
  expect(newBody({ ...blank(), name: " shop " })).toEqual({
    name: "shop", driver: "v1", default: true, url: "http://localhost:8086", database: "telegraf", telegraf_database: "telegraf", edition: "oss",
    timeout_ms: 30_000, gzip: "auto", batch_lines: 10_000, in_flight: 4, notes: "", insecure_skip_verify: false,
    tls: { ca_certificate: null, pinned_sha256: null, client_certificate: null }, secrets: {},
  });
});

test("a form that nobody touched changes nothing", () => {
  expect(patchOf(valuesOf(stored), stored)).toEqual({});
});

test("only what changed is sent, and what was emptied is cleared", () => {
  const values = { ...valuesOf(stored), username: " ", name: "till", password: "" };
  expect(patchOf(values, stored)).toEqual({ name: "till", username: null });
});

test("a pin goes when somebody else is trusted", () => {
  const patch = patchOf({ ...valuesOf(stored), trust: "machine" }, stored);
  expect(patch).toEqual({ tls: { ca_certificate: null, pinned_sha256: null, client_certificate: null } });
});

test("another host, port, scheme or user is another place for a secret, another path is not", () => {
  const moved = (change: object) => isMoved({ ...valuesOf(stored), ...change }, stored);
  expect(moved({})).toBe(false);
  expect(moved({ url: "https://influx.example.com:8086/sub" })).toBe(false);
  for (const change of [{ url: "https://influx.example.com" }, { url: "http://influx.example.com:8086" }, { username: "bob" }, { url: "https://i:8086" }]) {
    expect(moved(change), JSON.stringify(change)).toBe(true);
  }
});

test("an address that nobody touched follows the driver", () => {
  expect(withDriver(blank(), "v3")).toEqual({ driver: "v3", url: "http://localhost:8181" });
  expect(withDriver({ ...blank(), url: "http://plant:8086" }, "v3")).toEqual({ driver: "v3" });
});

test("what a driver needs is told at its field", () => {
  expect(Object.keys(missing({ ...blank(), driver: "v2", url: "localhost" }))).toEqual(["name", "url", "organization", "bucket"]);
  expect(Object.keys(missing({ ...blank(), name: "x", driver: "file" }))).toEqual(["folder"]);
});
