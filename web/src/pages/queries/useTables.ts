// The tables of the database that a query runs on, and what of them is in sight.

import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { type Database, tablesOf } from "../../api/databases";
import { type Line, linesOf, type Table } from "../../lib/tables";

/** How long nothing must have been typed before the database itself is searched. */
const PAUSE_MS = 300;
const NONE: Table[] = [];

export interface Tables {
  /** Those that are told, whatever is searched. Empty while nobody knows. */
  all: Table[];
  isKnown: boolean;
  lines: Line[];
  /** There are more than are told. */
  hasMore: boolean;
  isLoading: boolean;
  error: unknown;
  search: string;
  setSearch: (search: string) => void;
  turn: (key: string) => void;
  again: () => void;
}

/** Asks once they are `wanted`. */
export function useTables(database: Database | undefined, wanted: boolean): Tables {
  const [search, setSearch] = useState("");
  const [settled] = useDebouncedValue(search.trim(), PAUSE_MS);
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const of = database ?? { id: "", revision: 0 };
  const first = useQuery({ ...tablesOf(of), enabled: wanted && database !== undefined });
  const hasMore = first.data?.truncated === true;
  // What was left out is only found by the database itself.
  const further = useQuery({ ...tablesOf(of, settled), enabled: hasMore && settled !== "" });
  const all = first.data?.items ?? NONE;
  const found = hasMore && settled !== "" ? further.data?.items : undefined;
  const lines = useMemo(() => linesOf(merged(all, found), search, turned), [all, found, search, turned]);
  return {
    all,
    isKnown: first.data !== undefined,
    lines,
    hasMore,
    isLoading: first.isFetching || further.isFetching,
    error: first.error,
    search,
    setSearch,
    turn: (key) => setTurned((before) => new Set(before.has(key) ? [...before].filter((one) => one !== key) : [...before, key])),
    again: () => void first.refetch(),
  };
}

function merged(all: Table[], found: Table[] | undefined): Table[] {
  if (found === undefined) return all;
  const known = new Set(all.map(({ sql }) => sql));
  return [...all, ...found.filter(({ sql }) => !known.has(sql))];
}
