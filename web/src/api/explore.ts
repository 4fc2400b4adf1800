// Looking around on an InfluxDB: its places, what is in them, questions and answers.

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Aggregate, Language } from "../lib/exploreSearch";
import type { Span } from "../lib/timeRange";
import { api, body, type Schemas } from "./client";

export type Field = Schemas["Field"];
export type Answer = Schemas["QuestionAnswer"];

/** Where something is looked for. */
export interface At {
  connection: string;
  place?: string | undefined;
  /** InfluxDB 1: a retention policy of the place. */
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
const path = ({ connection }: At) => ({ connection });

/** The databases or buckets, and the languages that the connection is asked in. */
export const places = (connection: string) =>
  queryOptions({
    ...NAMES,
    queryKey: ["explore", connection, "places"],
    queryFn: ({ signal }) => body(api.GET("/api/v1/connections/{connection}/explore/places", { params: { path: { connection } }, signal })),
  });

/** The measurements of a place; those that hold `search` when it is not empty. */
export const measurements = (at: At, search: string) =>
  queryOptions({
    ...NAMES,
    queryKey: key(at, "measurements", search),
    queryFn: ({ signal }) => {
      const query = { place: at.place, search: search || undefined };
      return body(api.GET("/api/v1/connections/{connection}/explore/measurements", { params: { path: path(at), query }, signal }));
    },
    placeholderData: keepPreviousData,
  });

/** The fields of a measurement. */
export const fields = (at: At, measurement: string) =>
  queryOptions({
    ...NAMES,
    queryKey: key(at, "fields", measurement),
    queryFn: ({ signal }) => {
      const query = { place: at.place, measurement };
      return body(api.GET("/api/v1/connections/{connection}/explore/fields", { params: { path: path(at), query }, signal }));
    },
  });

/** The keys of its tags. */
export const tags = (at: At, measurement: string) =>
  queryOptions({
    ...NAMES,
    queryKey: key(at, "tags", measurement),
    queryFn: ({ signal }) => {
      const query = { place: at.place, measurement };
      return body(api.GET("/api/v1/connections/{connection}/explore/tags", { params: { path: path(at), query }, signal }));
    },
  });

/** The values of one of its tags; those that hold `search` when it is not empty. */
export const tagValues = (at: At, measurement: string, tag: string, search: string) =>
  queryOptions({
    ...NAMES,
    queryKey: key(at, "tag-values", measurement, tag, search),
    queryFn: ({ signal }) => {
      const query = { place: at.place, measurement, tag, search: search || undefined };
      return body(api.GET("/api/v1/connections/{connection}/explore/tag-values", { params: { path: path(at), query }, signal }));
    },
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
      const clicked = {
        place: at.place,
        retention_policy: at.policy,
        language,
        measurement,
        fields: chosen,
        filters: Object.entries(of).map(([tag, values]) => ({ tag, values })),
        group_by: group,
        aggregate,
        window: aggregate === undefined ? undefined : window,
      };
      return (await body(api.POST("/api/v1/connections/{connection}/explore/build", { params: { path: path(at) }, body: clicked, signal }))).text;
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

function asked({ place, policy, language, text, range, maxPoints }: Question) {
  return { place, retention_policy: policy, language, text, range, max_points: maxPoints };
}

/** Asks, and gives the answer as far as it goes. */
export async function ask(question: Question, signal: AbortSignal): Promise<Answer> {
  const sent = { params: { path: path(question) }, body: asked(question), signal };
  const answer = await body(api.POST("/api/v1/connections/{connection}/explore/query", sent));
  if (typeof answer === "string") throw new Error("the server's answer is no JSON");
  return answer;
}

/** The answer as CSV, for a file, and whether it is only its beginning. */
export async function csv(question: Question): Promise<{ file: Blob; truncated: boolean }> {
  const { data, response } = await api.POST("/api/v1/connections/{connection}/explore/query", {
    params: { path: path(question) }, body: asked(question), headers: { Accept: "text/csv" }, parseAs: "blob",
  });
  if (data === undefined) throw new Error("the server's answer has no body");
  return { file: data, truncated: response.headers.get("Tributary-Truncated") === "true" };
}
