import { expect, test } from "vitest";
import type { AlertEndpoint, Handler, HandlerField } from "../../api/endpoints";
import { grouped, labelsOf, outcomeOf, summaryOf, titleOf } from "./words";

const field = (name: string, label: string, more: Partial<HandlerField> = {}): HandlerField => ({ name, label, kind: "text", secret: false, required: false, rare: false, ...more });
const slack: Handler = {
  section: "slack", label: "Slack", key: "workspace", known: true,
  fields: [field("enabled", "Enabled", { kind: "switch" }), field("workspace", "Workspace"), field("url", "URL", { secret: true, required: true }), field("channel", "Channel"), field("ssl-ca", "Authority", { rare: true })],
};
const post: Handler = { section: "httppost", label: "HTTP post", key: "endpoint", known: true, fields: [] };
const mqtt: Handler = { section: "mqtt", label: "MQTT", key: "name", known: true, fields: [] };

function slackOf(element: string, more: Partial<AlertEndpoint> = {}, options: Record<string, unknown> = {}): AlertEndpoint {
  return {
    name: element === "" ? "slack" : `slack:${element}`, section: "slack", element, enabled: false, differs: [],
    options: { enabled: false, workspace: element, url: { set: false }, channel: "", "ssl-ca": "/x", ...options }, ...more,
  };
}

test("what is used comes first, then what is filled in and off, then what can be set up", () => {
  const items = [
    slackOf(""),
    slackOf("night", {}, { url: { set: true } }),
    slackOf("ops", { enabled: true }),
    slackOf("torn", { differs: ["url"] }),
    { ...slackOf("x"), name: "httppost:x", section: "httppost", enabled: null },
  ];
  const { used, off, offered } = grouped({ handlers: [post, mqtt, slack], items }, "");
  expect(used.map(({ endpoint }) => endpoint.name)).toEqual(["httppost:x", "slack:ops", "slack:torn"]);
  expect(off.map(({ endpoint }) => endpoint.name)).toEqual(["slack:night"]);
  // Of MQTT there is no broker yet.
  expect(offered.map(({ handler, endpoint }) => endpoint?.name ?? handler.section)).toEqual(["mqtt", "slack"]);
});

test("what needs nothing is filled in as soon as anything is", () => {
  const pager: Handler = { section: "pager", label: "Pager", known: true, fields: [field("enabled", "Enabled", { kind: "switch" }), field("key", "Key", { secret: true }), field("url", "URL", { rare: true })] };
  const one = (set: boolean): AlertEndpoint => ({ name: "pager", section: "pager", element: "", enabled: false, differs: [], options: { enabled: false, key: { set }, url: "https://usual" } });
  expect(grouped({ handlers: [pager], items: [one(true)] }, "").off).toHaveLength(1);
  expect(grouped({ handlers: [pager], items: [one(false)] }, "").offered).toHaveLength(1);
});

test("a search finds names and what tells an endpoint from others", () => {
  const all = { handlers: [post, slack], items: [slackOf("ops", { enabled: true }, { channel: "#night" }), slackOf("day")] };
  const names = (search: string) => Object.values(grouped(all, search)).flat().map((one: { handler: Handler; endpoint?: AlertEndpoint }) => one.endpoint?.name ?? one.handler.section);
  expect(names("#NIGHT")).toEqual(["slack:ops"]);
  expect(names("http")).toEqual(["httppost"]);
  expect(names("slack")).toEqual(["slack:ops", "slack:day"]);
  expect(names("nothing")).toEqual([]);
});

test("an endpoint is told by what most people fill in, and of a secret only that it is set", () => {
  const one = slackOf("ops", {}, { url: { set: true }, channel: "#ops" });
  expect(summaryOf(slack, one)).toBe("Channel: #ops");
  expect(summaryOf(slack, slackOf("ops", {}, { url: { set: true } }))).toBe("URL: set");
  expect(titleOf(slack, one)).toBe("Slack: ops");
  expect(titleOf(slack, slackOf(""))).toBe("Slack");
  expect(labelsOf(slack, ["url", "other"])).toBe("URL, other");
});

test("a success says no more than what it proves", () => {
  const outcome = (success: boolean, proves: "accepted" | "reached" | "queued" | "sent" | "unknown") => outcomeOf({ success, proves, message: "", says: "" });
  expect(outcome(true, "accepted").tone).toBe("good");
  for (const proves of ["reached", "queued", "sent", "unknown"] as const) expect(outcome(true, proves).tone, proves).not.toBe("good");
  expect(outcome(true, "queued").words).toBe("Queued only");
  expect(outcome(false, "accepted")).toEqual({ tone: "bad", words: "Failed" });
});
