// The same texts that the server's own reader is tested with, and what becomes of each.

import { expect, test } from "vitest";
import { type Found, readPasted, Unreadable } from "./pasted";

const texts = import.meta.glob<string>("../../../crates/foreign/tests/fixtures/pasted/*.txt", { query: "?raw", import: "default", eager: true });
const expected = import.meta.glob<string>("../../../crates/foreign/tests/fixtures/pasted/*.expected", { query: "?raw", import: "default", eager: true });
const variables = new Map([
  ["INFLUX_URL", "https://given.example.com"],
  ["INFLUX_TOKEN", "s3cret-given"],
  ["STAGE", "test"],
]);

/** What the console says in its own words. */
const OWN_WORDS: [string, string][] = [
  ["this is a SQL database, not an InfluxDB: `tributary database create` keeps it", "this is a SQL database, not an InfluxDB: add it under Databases"],
  ["`telegraf` is assumed; say another with --bucket, or change it afterwards", "`telegraf` is assumed"],
  ["or what a .src, .kap or .org file holds", "or what a .src or .kap file holds"],
];

/** A secret in a file that is pasted is where it should be: in the form. */
const UNSAID = /a secret stands in clear/;

function fields(values: object, names: string[]): string {
  const given = values as Record<string, unknown>;
  return names
    .map((name) => {
      const value = given[name];
      if (value === undefined) return "";
      if (value === true) return ` ${name}`;
      return ` ${name === "timeout_ms" ? "timeout" : name}=${String(value)}`;
    })
    .join("");
}

const ENDING = ["timeout_ms", "skip_verify", "gzip", "default", "number"];

function shown({ connections, kapacitors, remarks, broken }: Found): string[] {
  const place = (line: number | undefined) => line ?? "-";
  return [
    ...connections.map((one) => {
      const own = { v1: ["database", "retention_policy", "username"], v2: ["organization", "bucket"], v3: ["database"] }[one.driver];
      const secrets = ["password", "token", "shared_secret", "management_token"];
      const driver = one.driver === "v3" ? `v3 ${one.edition}` : one.driver;
      return `${driver} \`${one.name}\` ${one.url}${fields(one, [...own, ...secrets, ...ENDING, "of"])}`;
    }),
    ...kapacitors.map((one) => {
      const active = one.number === undefined ? [] : ["active"];
      return `kapacitor \`${one.name}\` ${one.url}${fields(one, ["username", "password", "skip_verify", "number", "connection", ...active, "of"])}`;
    }),
    ...remarks.map(({ line, text }) => `remark ${place(line)}: ${text}`),
    ...broken.map(({ line, field, text }) => `broken ${place(line)} ${field ?? "-"}: ${text}`),
  ];
}

async function told(text: string): Promise<string[]> {
  try {
    return shown(await readPasted(text, variables));
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return [`error ${error.line ?? "-"} ${error.field ?? "-"}: ${error.message}`];
  }
}

test("there are texts to read", () => {
  expect(Object.keys(texts).length).toBeGreaterThan(60);
});

test.for(Object.keys(texts).map((path) => [path.replace(/^.*\/|\.txt$/g, ""), path] as const))("%s", async ([, path]) => {
  const lines = (expected[path.replace(/txt$/, "expected")] ?? "").split("\n").filter((line) => line !== "" && !UNSAID.test(line));
  const wanted = lines.map((line) => OWN_WORDS.reduce((text, [theirs, ours]) => text.replace(theirs, ours), line));
  expect([...new Set(await told(texts[path] ?? ""))].sort()).toEqual([...new Set(wanted)].sort());
});

test("no word holds a secret, whatever is broken", async () => {
  for (const text of Object.values(texts)) {
    for (const broken of [text, text.slice(0, text.length / 2), text.replaceAll('"', "")]) {
      const words = (await told(broken)).filter((line) => /^(remark|broken|error)/.test(line)).join("\n");
      expect(words).not.toMatch(/s3cret/);
    }
  }
});
