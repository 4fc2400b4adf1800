import { expect, test } from "vitest";
import type { AlertEndpoint, Handler, HandlerField } from "../../api/endpoints";
import { type Held, isChanged, isOn, itemsOf, newOptions, patchOf, problemOfElement, problemsOf, valuesOf } from "./draft";

function field(name: string, kind: HandlerField["kind"], more: Partial<HandlerField> = {}): HandlerField {
  return { name, label: name, help: "", kind, secret: false, required: false, choices: [], rare: false, ...more };
}

const handler: Handler = {
  section: "many", label: "Many", key: "id", known: true, remark: null, since: null, test: null,
  fields: [
    field("enabled", "switch"), field("id", "text"), field("url", "url", { secret: true, required: true, label: "URL" }), field("channel", "text"),
    field("port", "integer"), field("to", "list"), field("headers", "map", { secret: true }), field("map", "map"), field("subscriptions", "lists"),
    field("basic-auth", "login", { secret: true }), field("odd", "json"),
  ],
};

const endpoint: AlertEndpoint = {
  name: "many:ops", section: "many", element: "ops", enabled: true, differs: [],
  options: {
    enabled: true, id: "ops", url: { set: true }, channel: "#ops", port: 25, to: null, headers: { set: true }, map: { a: "1" },
    subscriptions: { db: ["rp"] }, "basic-auth": { set: false }, odd: { deep: [1] },
  },
};

const before = valuesOf(handler, endpoint);
const patched = (change: Record<string, Held>) => patchOf(handler, { ...before, ...change }, before);

test("what nobody touched is not sent", () => {
  expect(patchOf(handler, valuesOf(handler, endpoint), before)).toEqual({});
  expect(isChanged(handler, before, before)).toBe(false);
});

test("the name of an element is in no form", () => {
  expect(before.id).toBeUndefined();
});

test("only what changed is sent, each as its kind is written", () => {
  expect(patched({ enabled: { is: "switch", on: false } })).toEqual({ options: { enabled: false } });
  expect(patched({ port: { is: "text", text: " 2525 " } })).toEqual({ options: { port: 2525 } });
  expect(patched({ port: { is: "text", text: "" } })).toEqual({ options: { port: null } });
  expect(patched({ channel: { is: "text", text: "" } })).toEqual({ options: { channel: "" } });
  expect(patched({ to: { is: "list", items: ["a@example.com"] } })).toEqual({ options: { to: ["a@example.com"] } });
  expect(patched({ map: { is: "map", rows: [{ name: "a", value: "1" }, { name: " ", value: "lost" }, { name: "b", value: "" }] } })).toEqual({ options: { map: { a: "1", b: "" } } });
  expect(patched({ subscriptions: { is: "lists", rows: [{ name: "db", value: ["rp", "year"] }] } })).toEqual({ options: { subscriptions: { db: ["rp", "year"] } } });
  expect(patched({ "basic-auth": { is: "login", username: "u", password: "p" } })).toEqual({ options: { "basic-auth": { username: "u", password: "p" } } });
});

test("a secret is kept, replaced or cleared", () => {
  expect(before.url).toEqual({ is: "kept" });
  expect(patched({ url: { is: "text", text: "https://x" } })).toEqual({ options: { url: "https://x" } });
  expect(patched({ url: { is: "cleared" } })).toEqual({ options: { url: null } });
  expect(patched({ url: { is: "text", text: "" } })).toEqual({});
  expect(patched({ headers: { is: "map", rows: [{ name: "", value: "" }] } })).toEqual({});
  expect(patched({ headers: { is: "cleared" } })).toEqual({ options: { headers: null } });
});

test("what goes back to the file's value is named, and nothing else is said of it", () => {
  expect(patched({ channel: { is: "file" }, url: { is: "file" }, port: { is: "text", text: "26" } })).toEqual({ options: { port: 26 }, reset: ["url", "channel"] });
});

test("a new one is on, and says what is filled in", () => {
  const blank = valuesOf(handler);
  expect(isOn(blank)).toBe(true);
  expect(newOptions(handler, blank)).toEqual({ enabled: true });
  expect(newOptions(handler, { ...blank, url: { is: "text", text: " https://x " }, port: { is: "text", text: "25" } })).toEqual({ enabled: true, url: "https://x", port: 25 });
});

test("what is needed is missed only while it is on, and never when it is kept or goes back to the file", () => {
  const blank = valuesOf(handler);
  expect(problemsOf(handler, blank)).toEqual({ "options.url": "Needed while Many is on" });
  expect(problemsOf(handler, { ...blank, enabled: { is: "switch", on: false } })).toEqual({});
  expect(problemsOf(handler, { ...blank, url: { is: "file" } })).toEqual({});
  expect(problemsOf(handler, before)).toEqual({});
  expect(problemsOf(handler, { ...before, url: { is: "cleared" } })).toEqual({ "options.url": "Needed while Many is on" });
});

test("several that are written at once are told apart, but not within a template", () => {
  expect(itemsOf(["a@example.com", " b@example.com, c@example.com;", "a@example.com"])).toEqual(["a@example.com", "b@example.com", "c@example.com"]);
  expect(itemsOf(["Platform Team", '{{ index .Tags "a,b" }}'])).toEqual(["Platform Team", '{{ index .Tags "a,b" }}']);
});

test("a whole number is one", () => {
  for (const text of ["2.5", "abc"]) expect(problemsOf(handler, { ...before, port: { is: "text", text } })).toEqual({ "options.port": "Give a whole number" });
});

test("a name is one that Kapacitor can change afterwards", () => {
  for (const name of ["ops", "eu-1", "a_b+c"]) expect(problemOfElement(name), name).toBeUndefined();
  for (const name of ["", " ", "a.b", "a b", "a/b"]) expect(problemOfElement(name), name).toBeDefined();
});
