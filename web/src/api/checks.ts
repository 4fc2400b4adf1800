// What became of the checks of connections. They come by themselves, and most say again what is known: that is told by no event, so they are
// asked for again from time to time.

import { queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "./client";

export type CheckOutcome = Schemas["CheckOutcome"];

/** How often they are asked for again, in ms. */
const AGAIN_MS = 30_000;
/** Checks of a strip among many. */
export const STRIP = 30;
/** Most connections of one request. */
const AT_ONCE = 100;

/** All that are kept of one connection, newest first. */
export const checksOf = (connection: string) =>
  queryOptions({
    queryKey: ["connections", connection, "checks"],
    queryFn: async () => (await body(api.GET("/api/v1/connections/{connection}/checks", { params: { path: { connection } } }))).items,
    refetchInterval: AGAIN_MS,
  });

/** The latest of one connection among many: what is asked for at the same moment is one request. */
export const stripOf = (connection: string) =>
  queryOptions({
    queryKey: ["connections", connection, "strip"],
    queryFn: () => together(connection),
    refetchInterval: AGAIN_MS,
    staleTime: AGAIN_MS / 2,
  });

interface Waiting {
  take: (checks: CheckOutcome[]) => void;
  fail: (error: unknown) => void;
}

let waiting = new Map<string, Waiting[]>();

function together(connection: string): Promise<CheckOutcome[]> {
  return new Promise((take, fail) => {
    // Those that are drawn together ask in the same turn.
    if (waiting.size === 0) setTimeout(() => void askForAll(), 0);
    waiting.set(connection, [...(waiting.get(connection) ?? []), { take, fail }]);
  });
}

async function askForAll(): Promise<void> {
  const asked = [...waiting];
  waiting = new Map();
  for (let from = 0; from < asked.length; from += AT_ONCE) {
    const some = asked.slice(from, from + AT_ONCE);
    try {
      const connection = some.map(([id]) => id);
      const { items } = await body(api.GET("/api/v1/check-outcomes", { params: { query: { connection, limit: STRIP } } }));
      const byId = new Map(items.map((one) => [one.connection_id, one.checks]));
      for (const [id, those] of some) for (const { take } of those) take(byId.get(id) ?? []);
    } catch (error) {
      for (const [, those] of some) for (const { fail } of those) fail(error);
    }
  }
}
