import { expect, test } from "vitest";
import type { Connection } from "../../api/connections";
import type { AlertEndpoint, Handler, HandlerField } from "../../api/endpoints";
import type { Kapacitor } from "../../api/kapacitors";
import { type Values, valuesOf } from "./draft";
import { changeRecipes, newRecipes } from "./recipes";

const field = (name: string, kind: HandlerField["kind"], secret = false): HandlerField => ({ name, label: name, kind, secret, required: false, rare: false });
const handler: Handler = {
  section: "slack", label: "Slack", key: "workspace", known: true,
  fields: [field("enabled", "switch"), field("workspace", "text"), field("url", "url", true), field("channel", "text"), field("headers", "map", true), field("to", "list")],
};
const endpoint: AlertEndpoint = {
  name: "slack:ops", section: "slack", element: "ops", enabled: true, differs: [],
  options: { enabled: true, workspace: "ops", url: { set: true }, channel: "#ops", headers: { set: false }, to: [] },
};
const place = { connection: { id: "c", name: "web shop" } as Connection, kapacitor: { id: "k", name: "alerts" } as Kapacitor };
const stored = valuesOf(handler, endpoint);
const texts = (values: typeof stored) => changeRecipes(place, { handler, endpoint }, values, stored).map(({ text }) => text);

test("what is changed is written as a request and as a command", () => {
  const [curl, command] = texts({ ...stored, channel: { is: "text", text: "#night" }, url: { is: "text", text: "https://s3cret" }, to: { is: "file" } });
  expect(curl).toContain("-X PATCH");
  expect(curl).toContain("/connections/c/kapacitors/k/endpoints/slack%3Aops");
  expect(curl).toContain("$SLACK_URL");
  expect(curl).not.toContain("s3cret");
  expect(command).toBe(
    "tributary kapacitor endpoint set slack:ops --connection 'web shop' --kapacitor alerts \\\n  --secret-file url=slack_url \\\n  'channel=#night' \\\n  --reset to",
  );
});

test("a form without changes is written as a whole, with a variable for what is secret and kept", () => {
  const [curl, command] = texts(stored);
  expect(curl).toContain("SLACK_URL");
  expect(command).toContain("--secret-file url=slack_url");
  expect(command).toContain("enabled=true");
  expect(command).not.toContain("headers");
});

test("what is cleared says so", () => {
  expect(texts({ ...stored, url: { is: "cleared" } })[1]).toContain("--clear url");
});

test("no recipe holds a secret", () => {
  const values: Values = { ...valuesOf(handler), url: { is: "text", text: "https://s3cret" }, headers: { is: "map", rows: [{ name: "Authorization", value: "s3cret" }] } };
  for (const { text, label } of newRecipes(place, handler, "ops", values)) {
    expect(text, label).not.toContain("s3cret");
    expect(text, label).toMatch(/SLACK_URL|slack_url/);
    expect(text, label).toContain("slack:ops");
  }
});
