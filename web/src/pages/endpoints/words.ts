// Alert endpoints in words. Pure.

import type { AlertEndpoint, AlertEndpoints, EndpointTest, Handler, HandlerField, Proof } from "../../api/endpoints";
import type { Tone } from "../../ui/StateBadge";
import { fieldsOf, isSet } from "./draft";

/** What people call an endpoint: `Slack`, `Slack: ops`. */
export function titleOf({ label }: Handler, { element }: { element: string }): string {
  return element === "" ? label : `${label}: ${element}`;
}

/** What an option holds, in a few words; undefined when that is nothing. */
function valueWords(value: unknown): string | undefined {
  if (value === null || value === undefined || value === "") return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(String).join(", ");
  if (typeof value === "object") return isSet(value) ? "set" : undefined;
  return String(value);
}

const TOLD = 3;

/** What tells an endpoint from others: the options that most people fill in. */
function tellingOf(handler: Handler): HandlerField[] {
  return fieldsOf(handler).filter(({ kind, rare }) => !rare && kind !== "switch");
}

/** The first of what is filled in: `Channel: #ops`. Of secrets only when there is nothing else. */
export function summaryOf(handler: Handler, { options }: AlertEndpoint): string {
  const [secret, open] = [[] as string[], [] as string[]];
  for (const { name, label, kind, secret: isSecret } of tellingOf(handler)) {
    const words = valueWords(options[name]);
    if (words !== undefined && kind !== "integer") (isSecret ? secret : open).push(`${label}: ${words}`);
  }
  return (open.length > 0 ? open : secret).slice(0, TOLD).join(" · ");
}

/** Labels of options by their names, for what is said of them. */
export function labelsOf(handler: Handler, options: readonly string[]): string {
  return options.map((option) => handler.fields.find(({ name }) => name === option)?.label ?? option).join(", ");
}

/** An endpoint with its handler, as lists show it. */
export interface Listed {
  endpoint: AlertEndpoint;
  handler: Handler;
}

export interface Grouped {
  /** On, or running otherwise than it is stored. */
  used: Listed[];
  /** Off, but somebody added it. */
  off: Listed[];
  /** What else can be had: nobody has set it up. */
  offered: { handler: Handler; endpoint?: AlertEndpoint }[];
}

/** What is used comes first; then what was added and is off; then all that could be set up. Only what `search` finds. */
export function grouped({ handlers, items }: AlertEndpoints, search: string): Grouped {
  const wanted = search.trim().toLowerCase();
  const matches = (...texts: string[]) => texts.some((text) => text.toLowerCase().includes(wanted));
  const found: Grouped = { used: [], off: [], offered: [] };
  for (const handler of handlers) {
    const endpoints = items.filter(({ section }) => section === handler.section);
    if (endpoints.length === 0 && handler.key != null && matches(handler.label, handler.section)) found.offered.push({ handler });
    for (const endpoint of endpoints) {
      if (!matches(titleOf(handler, endpoint), endpoint.name, summaryOf(handler, endpoint))) continue;
      if (endpoint.enabled !== false || endpoint.differs.length > 0) found.used.push({ endpoint, handler });
      else if (isFilled(handler, endpoint)) found.off.push({ endpoint, handler });
      else found.offered.push({ endpoint, handler });
    }
  }
  return found;
}

/** Whether somebody has given it all that it needs; where it needs nothing, whether there is anything in it. */
function isFilled(handler: Handler, { options }: AlertEndpoint): boolean {
  const has = ({ name }: HandlerField) => valueWords(options[name]) !== undefined;
  const needed = tellingOf(handler).filter(({ required }) => required);
  return needed.length > 0 ? needed.every(has) : tellingOf(handler).some(has);
}

/** What a test has proved, never more than that. */
export function outcomeOf({ success, proves }: EndpointTest): { tone: Tone; words: string } {
  return success ? PROOFS[proves] : { tone: "bad", words: "Failed" };
}

const PROOFS: Record<Proof, { tone: Tone; words: string }> = {
  accepted: { tone: "good", words: "Accepted by the far side" },
  reached: { tone: "warning", words: "Reached only" },
  queued: { tone: "warning", words: "Queued only" },
  sent: { tone: "warning", words: "Sent only" },
  unknown: { tone: "quiet", words: "Kapacitor calls it a success" },
};
