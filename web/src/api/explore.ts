// Looking around on an InfluxDB: its places, what is in them, questions and answers.

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Aggregate, Language } from "../lib/exploreSearch";
import type { Frame } from "../lib/frames";
import type { Span } from "../lib/timeRange";
import { api, body, organizationHeader, Refusal, Unreachable } from "./client";

export interface Place { name: string; own: boolean; listed: boolean; retention_policies: { name: string; duration: string; default: boolean }[] }
export interface Field { name: string; type?: string | null }
export interface Listed<T> { items: T[]; truncated: boolean }
export interface Answer { series: Frame[]; truncated: boolean; warnings: string[]; took_ms: number }

interface Loose {
  GET: (path: string, options: unknown) => Promise<{ data?: unknown }>;
  POST: (path: string, options: unknown) => Promise<{ data?: unknown }>;
}
const loose = api as unknown as Loose;
const got = async <T>(what: string, connection: string, query: object, signal: AbortSignal) =>
  (await body(loose.GET(`/api/v1/connections/{connection}/explore/${what}`, { params: { path: { connection }, query }, signal }))) as T;

/** Where something is looked for. */
export interface At {
  connection: string;
  place?: string | undefined;
  policy?: string | undefined;
}

/** What was clicked together. */
export interface Selection {
  measurement: string;
  fields: string[];
  tags: Record<string, string[]>;
  group: string[];
  aggregate: Aggregate | undefined;
  window: string | undefined;
}

/** Names change seldom while one looks at them, and a person can ask again. */
const NAMES = { staleTime: 30_000, retry: false, refetchOnWindowFocus: false } as const;

const key = ({ connection, place }: At, ...more: unknown[]) => ["explore", connection, place ?? null, ...more];

/** The databases or buckets. */
export const places = (connection: string) =>
  queryOptions({ ...NAMES, queryKey: ["explore", connection, "places"], queryFn: ({ signal }) => got<Listed<Place> & { languages: Language[] }>("places", connection, {}, signal) });

/** The measurements of a place; those that hold `search` when it is not empty. */
export const measurements = (at: At, search: string) =>
  queryOptions({
    ...NAMES,
    queryKey: key(at, "measurements", search),
    queryFn: ({ signal }) => got<Listed<string>>("measurements", at.connection, { place: at.place, search: search || undefined }, signal),
    placeholderData: keepPreviousData,
  });

/** The fields of a measurement. */
export const fields = (at: At, measurement: string) =>
  queryOptions({
    ...NAMES,
    queryKey: key(at, "fields", measurement),
    queryFn: ({ signal }) => got<Listed<Field>>("fields", at.connection, { place: at.place, measurement }, signal),
  });

/** The keys of its tags. */
export const tags = (at: At, measurement: string) =>
  queryOptions({
    ...NAMES,
    queryKey: key(at, "tags", measurement),
    queryFn: ({ signal }) => got<Listed<string>>("tags", at.connection, { place: at.place, measurement }, signal),
  });

/** The values of one of its tags; those that hold `search` when it is not empty. */
export const tagValues = (at: At, measurement: string, tag: string, search: string) =>
  queryOptions({
    ...NAMES,
    queryKey: key(at, "tag-values", measurement, tag, search),
    queryFn: ({ signal }) =>
      got<Listed<string>>("tag-values", at.connection, { place: at.place, measurement, tag, search: search || undefined }, signal),
    placeholderData: keepPreviousData,
  });

/** The text of what was clicked together; in the connection's first language unless another is named. */
export const built = (at: At, language: Language | undefined, selection: Selection) =>
  queryOptions({
    queryKey: key(at, "build", at.policy, language, selection),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    queryFn: async ({ signal }) => {
      const { measurement, fields: chosen, tags: of, group, aggregate, window } = selection;
      const answer = await body(
        loose.POST("/api/v1/connections/{connection}/explore/build", {
          params: { path: { connection: at.connection } },
          signal,
          body: {
            place: at.place,
            retention_policy: at.policy,
            language,
            measurement,
            fields: chosen,
            filters: Object.entries(of).map(([tag, values]) => ({ tag, values })),
            group_by: group,
            aggregate,
            window: aggregate === undefined ? undefined : window,
          },
        }),
      );
      return (answer as { text: string }).text;
    },
    placeholderData: keepPreviousData,
  });

/** A question as it is sent. */
export interface Question extends At {
  language: Language | undefined;
  text: string;
  range: Span;
  maxPoints: number;
}

function asked(question: Question) {
  const { place, policy, language, text, range, maxPoints } = question;
  return { place, retention_policy: policy, language, text, range, max_points: maxPoints };
}

/** Asks, and gives the answer as far as it goes. */
export async function ask(question: Question, signal: AbortSignal): Promise<Answer> {
  const { connection } = question;
  return (await body(
    loose.POST("/api/v1/connections/{connection}/explore/query", { params: { path: { connection } }, body: asked(question), signal }),
  )) as Answer;
}

/** The answer as CSV, for a file, and whether it is only its beginning. */
export async function csv(question: Question): Promise<{ file: Blob; truncated: boolean }> {
  const response = await fetch(`/api/v1/connections/${encodeURIComponent(question.connection)}/explore/query`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "text/csv", ...organizationHeader() },
    body: JSON.stringify(asked(question)),
  }).catch(() => {
    throw new Unreachable();
  });
  if (!response.ok) throw new Refusal(response.status, await response.json().catch(() => undefined));
  return { file: await response.blob(), truncated: response.headers.get("Tributary-Truncated") === "true" };
}
