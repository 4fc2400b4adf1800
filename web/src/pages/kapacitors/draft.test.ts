import { expect, test } from "vitest";
import type { Connection } from "../../api/connections";
import { blank, missing, newBody, recipesOf, valuesOfPasted } from "./draft";

const at = (url: string) => ({ id: "c", name: "shop", driver: "v1", url, database: "telegraf", number: 7 }) as unknown as Connection;

test("a Kapacitor begins on the machine of its connection", () => {
  expect(blank(at("http://localhost:8086/"), 0).url).toBe("http://localhost:9092");
  expect(blank(at("https://influx.example.com/sub/"), 0).url).toBe("https://influx.example.com:9092");
  expect(blank(at("http://[::1]:8086/"), 0).url).toBe("http://[::1]:9092");
  expect(blank({ driver: "file", folder: "/x" } as unknown as Connection, 0).url).toBe("http://localhost:9092");
});

test("the first of a connection is the active one, another one only when somebody says so", () => {
  expect(newBody(blank(at("http://localhost:8086"), 0)).active).toBe(true);
  expect(newBody(blank(at("http://localhost:8086"), 2)).active).toBe(false);
});

test("what was pasted fills the form, and what it does not say stays", () => {
  const usual = blank(at("http://influx.example.com:8086"), 0);
  const pasted = valuesOfPasted({ name: "alerts", url: "https://k.example.com:9092/", password: "p", skip_verify: true, active: false }, usual);
  expect(pasted).toEqual({ ...usual, name: "alerts", url: "https://k.example.com:9092", password: "p", trust: "anyone", active: false });
  expect(valuesOfPasted({ name: "alerts", url: "http://k:9092" }, usual)).toEqual({ ...usual, name: "alerts", url: "http://k:9092" });
});

test("what is missing is told at its field", () => {
  expect(Object.keys(missing({ ...blank(at("http://h"), 0), name: " ", url: "h:9092", timeout_s: "" }))).toEqual(["name", "url", "timeout_s"]);
});

test("no recipe holds a secret", () => {
  const recipes = recipesOf({ ...blank(at("http://h"), 0), password: "s3cret-p" }, at("http://h"));
  for (const { text, label } of recipes) {
    expect(text, label).not.toContain("s3cret");
    expect(text, label).toContain("KAPACITOR_PASSWORD");
  }
  expect(JSON.parse(recipes[2]?.text ?? "")).toMatchObject({ srcID: "7", active: true });
});
