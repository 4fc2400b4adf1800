import { expect, test } from "vitest";
import { rungsOfConnection, rungsOfDatabase, rungsOfKapacitor, untried } from "./rungs";

const names = (rungs: { step: string }[]) => rungs.map(({ step }) => step);

test("TLS is a step where it is spoken", () => {
  expect(names(rungsOfConnection("v1", false))).toEqual(["url", "policy", "dns", "tcp", "http", "product", "authentication", "database", "write"]);
  expect(names(rungsOfConnection("v3", true)).indexOf("tls")).toBe(4);
  expect(names(rungsOfKapacitor(true))).toEqual(["url", "policy", "dns", "tcp", "tls", "http", "product", "authentication", "configuration"]);
});

test("a socket of a database has no name to look up and no port, and a file has no server", () => {
  expect(names(rungsOfDatabase("postgres", "db.example.com"))).toEqual(["dns", "tcp", "tls", "authentication", "database", "version", "read_only"]);
  expect(names(rungsOfDatabase("mysql", "/run/mysqld/mysqld.sock"))).toEqual(["socket", "tls", "authentication", "database", "version", "read_only"]);
  expect(names(rungsOfDatabase("sqlite", ""))).toEqual(["database", "version", "read_only"]);
});

test("what is behind the last step that was told is still to come", () => {
  const rungs = rungsOfConnection("v1", false);
  expect(untried(rungs, [])).toEqual(rungs);
  expect(names(untried(rungs, [{ step: "url" }, { step: "tcp" }, { step: "unheard of" }]))).toEqual(["http", "product", "authentication", "database", "write"]);
  expect(untried(rungs, [{ step: "url" }, { step: "write" }])).toEqual([]);
});
