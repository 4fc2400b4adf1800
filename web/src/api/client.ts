// The one way to the server: typed by the description that the server itself publishes.

import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Finding = Schemas["Finding"];

/** What the server said when it did not do what was asked. */
export class Refusal extends Error {
  readonly kind: string;
  readonly advice: string;
  readonly field: string | undefined;
  readonly code: string | undefined;
  readonly findings: Finding[];
  readonly status: number;

  constructor(status: number, body: unknown) {
    const error = ((body as { error?: Record<string, unknown> } | undefined)?.error ?? {}) as Record<string, unknown>;
    super(typeof error.message === "string" ? error.message : `the server answered ${status}`);
    this.name = "Refusal";
    this.status = status;
    this.kind = typeof error.kind === "string" ? error.kind : "unknown";
    this.advice = typeof error.advice === "string" ? error.advice : "";
    this.field = typeof error.field === "string" ? error.field : undefined;
    this.code = typeof error.code === "string" ? error.code : undefined;
    this.findings = Array.isArray(error.findings) ? (error.findings as Finding[]) : [];
  }
}

/** Nobody answered at all. */
export class Unreachable extends Error {
  constructor() {
    super("the server does not answer");
    this.name = "Unreachable";
  }
}

const ORGANIZATION = "tributary-organization";

/** The organization that everything shown belongs to; kept over reloads. */
export function organization(): string | null {
  return localStorage.getItem(ORGANIZATION);
}

export function chooseOrganization(id: string | null): void {
  if (id === null) localStorage.removeItem(ORGANIZATION);
  else localStorage.setItem(ORGANIZATION, id);
}

export function organizationHeader(): Record<string, string> {
  const chosen = organization();
  return chosen === null ? {} : { "Tributary-Organization": chosen };
}

const refusals: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(organizationHeader())) request.headers.set(name, value);
    return request;
  },
  async onResponse({ response }) {
    if (response.ok) return undefined;
    throw new Refusal(response.status, await response.clone().json().catch(() => undefined));
  },
  onError() {
    return new Unreachable();
  },
};

export const api = createClient<paths>({ baseUrl: "/" });
api.use(refusals);

/** The body of an answer that has one: whatever is no success was thrown before. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer;
  if (data === undefined) throw new Error("the server's answer has no body");
  return data;
}
