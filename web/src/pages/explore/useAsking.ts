// From what is chosen to a text, and from the text to an answer.

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Answer, ask, type At, built, type Field, fields as fieldsOf, type Question, type Selection, tags as tagsOf } from "../../api/explore";
import type { ExploreSearch, Language } from "../../lib/exploreSearch";
import { spanOf } from "../../lib/timeRange";
import { useStore } from "../../ui/store";
import { trust, trusted } from "./trusted";
import { useExplore } from "./useExplore";

/** How many points of one line are worth drawing. */
const MAX_POINTS = 600;
/** Fields of which all are aggregated when none is chosen. */
const MAX_FIELDS = 12;
/** Tags by which points are kept apart when none is chosen. */
const MAX_TAGS = 10;

export interface Answered extends Answer {
  question: Question;
}

export interface Asking {
  /** The text in the editor. */
  text: string;
  edit: (text: string) => void;
  /** The text that the address stands for; undefined while there is none. */
  stands: string | undefined;
  /** Whether it was written by hand. */
  byHand: boolean;
  /** Whether it came with the address and waits to be read. */
  waits: boolean;
  run: () => void;
  stop: () => void;
  running: boolean;
  answered: Answered | undefined;
  /** Why there is no answer. */
  error: unknown;
  /** Why the choices cannot be written. */
  unwritten: unknown;
}

export function useAsking(at: At, language: Language | undefined): Asking {
  const { search, change } = useExplore();
  const client = useQueryClient();
  const isOfMeasurement = search.measurement !== undefined;
  const fields = useQuery({ ...fieldsOf(at, search.measurement ?? ""), enabled: isOfMeasurement });
  const tags = useQuery({ ...tagsOf(at, search.measurement ?? ""), enabled: isOfMeasurement });
  const selection = selectionOf(search, fields.data?.items ?? [], tags.data?.items ?? []);
  const byHand = search.query !== undefined;
  const wanted = selection !== undefined && !byHand;
  const choices = useQuery({ ...built(at, language, selection ?? NOTHING), enabled: wanted && !fields.isPending && !tags.isPending });
  const stands = search.query ?? (wanted ? choices.data : undefined);

  // An edit is of the text that stood when it was begun: when another stands, it is over.
  const [draft, setDraft] = useState<{ of: string | undefined; text: string }>();
  const text = draft !== undefined && draft.of === stands ? draft.text : (stands ?? "");

  const waits = useStore(trusted).includes(search.query ?? "") ? false : byHand;
  const { range, from, to } = search;
  const queryKey = ["explore", at.connection, at.place ?? null, at.policy ?? null, "answer", language, stands, range, from, to];
  const answer = useQuery({
    queryKey,
    queryFn: async ({ signal }): Promise<Answered> => {
      const question = { ...at, language, text: stands ?? "", range: spanOf({ ...search }, Date.now()), maxPoints: MAX_POINTS };
      return { ...(await ask(question, signal)), question };
    },
    enabled: stands !== undefined && stands.trim() !== "" && !waits && !choices.isPlaceholderData,
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
    retry: false,
    gcTime: 60_000,
  });

  const run = () => {
    if (text.trim() === "") return;
    if (text !== stands || waits) trust(text);
    if (text !== stands) change({ query: text });
    else if (!waits) void answer.refetch();
  };
  return {
    text,
    edit: (edited) => setDraft({ of: stands, text: edited }),
    stands,
    byHand,
    waits,
    run,
    stop: () => void client.cancelQueries({ queryKey }),
    running: answer.isFetching,
    answered: stands === undefined || waits ? undefined : answer.data,
    error: waits ? null : answer.error,
    unwritten: wanted ? choices.error : null,
  };
}

const NOTHING: Selection = { measurement: "", fields: [], tags: {}, group: [], aggregate: undefined, window: undefined };

function selectionOf(search: ExploreSearch, known: Field[], keys: string[]): Selection | undefined {
  const { measurement, fields = [], tags = {}, group = [], aggregate, window } = search;
  if (measurement === undefined) return undefined;
  const isRaw = aggregate === undefined;
  return {
    measurement,
    fields: isRaw || fields.length > 0 ? fields : numeric(known),
    tags,
    // Points of several series would be drawn as one line, up and down between them.
    group: isRaw && group.length === 0 && keys.length <= MAX_TAGS ? keys : group,
    aggregate,
    window,
  };
}

/** The fields that a mean can be made of: an aggregate of all fields fails at the first text. */
function numeric(known: Field[]): string[] {
  const names = known.filter(({ type }) => type == null || ["integer", "unsigned", "float", "number"].includes(type)).map(({ name }) => name);
  return [...new Set(names)].slice(0, MAX_FIELDS);
}
