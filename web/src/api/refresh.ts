// What is shown is asked for again when the server says that it may be different: never more than once a second, however much happens.

import type { QueryClient, QueryKey } from "@tanstack/react-query";

/** What the server tells of. */
export type Noun = "organization" | "connection" | "kapacitor" | "database" | "query" | "series" | "group" | "run" | "backfill" | "audit" | "file";

/** Between two refreshes of the same thing, in ms. */
export const PAUSE_MS = 1_000;

/** What somebody tries out: it runs a statement, so it is asked for by people only. */
const TRIED = new Set<unknown>(["preview", "try", "forecast"]);

type Ids = ReadonlySet<string> | "any";

/** What is shown, by the keys of its queries. `ids` are those of the runs that may be different. */
const SHOWN = {
  organizations: (key) => key[0] === "organizations",
  connections: (key) => key[0] === "connections",
  kapacitors: (key) => key[0] === "kapacitors",
  databases: (key) => key[0] === "databases",
  queries: (key) => key[0] === "queries" && !isTried(key),
  series: (key) => key[0] === "series" && !isTried(key),
  groups: (key) => key[0] === "groups" && !isTried(key),
  slots: (key) => key[0] === "groups" && key[2] === "slots",
  // Behind another run nothing new can come, and what is read there stays where it is.
  "lists of runs": (key) => key[0] === "runs" && key[1] === "list" && (key[2] as { before?: string } | undefined)?.before === undefined,
  "last runs": (key) => key[0] === "runs" && key[1] === "latest",
  "numbers of runs": (key) => key[0] === "runs" && key[1] === "counts",
  "single runs": (key, ids) => key[0] === "runs" && (key[1] === "one" || key[1] === "rejects") && (ids === "any" || ids.has(String(key[2]))),
  cursors: (key) => key[0] === "cursors",
  backfills: (key) => key[0] === "backfills",
  audits: (key) => key[0] === "audits" && !isTried(key),
  "what waits": (key) => key[0] === "holds" || key[0] === "spool",
  "numbers of rejects": (key) => key[0] === "rejects" && key[1] === "counts",
  rejects: (key) => key[0] === "rejects" && key[1] === "list",
  files: (key) => key[0] === "files",
  palette: (key) => key[0] === "palette",
} satisfies Record<string, (key: QueryKey, ids: Ids) => boolean>;

type Shown = keyof typeof SHOWN;

/** Where each noun is shown. */
const WHERE: Record<Noun, readonly Shown[]> = {
  organization: ["organizations"],
  connection: ["connections", "palette", "what waits"],
  kapacitor: ["kapacitors", "palette"],
  database: ["databases", "palette"],
  // What a cursor means goes with its query.
  query: ["queries", "palette", "cursors"],
  // Numbers and last runs are of series, by name.
  series: ["series", "palette", "numbers of runs", "cursors", "numbers of rejects", "backfills", "audits"],
  group: ["groups", "palette"],
  // A run moves its cursor, keeps rejects, waits, puts its connection on hold or ends that, and brings its backfill further.
  run: ["lists of runs", "last runs", "numbers of runs", "single runs", "slots", "cursors", "numbers of rejects", "rejects", "what waits", "backfills"],
  // Its chunks are runs, which are told of themselves.
  backfill: ["backfills", "palette"],
  audit: ["audits"],
  file: ["files"],
};

function isTried(key: QueryKey): boolean {
  return key.length > 2 && (TRIED.has(key[1]) || TRIED.has(key[2]));
}

interface Waiting {
  /** What became different since it was asked for last. */
  ids: Ids | undefined;
  asking: boolean;
  lastAt: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Asks again for what is shown. What nobody looks at is asked for when somebody does. */
export class Refresher {
  private readonly waiting = new Map<Shown, Waiting>();

  constructor(private readonly queries: QueryClient) {}

  /** Objects of a noun may be different: these, or any. A noun that is not known is shown nowhere. */
  changed(noun: string, ids?: readonly string[]): void {
    for (const shown of WHERE[noun as Noun] ?? []) this.want(shown, ids === undefined ? "any" : new Set(ids));
  }

  /** Anything may be different. */
  everything(): void {
    for (const shown of Object.keys(SHOWN) as Shown[]) this.want(shown, "any");
  }

  /** Forgets what is still to be asked for. */
  stop(): void {
    for (const one of this.waiting.values()) clearTimeout(one.timer);
    this.waiting.clear();
  }

  private want(shown: Shown, ids: Ids): void {
    let one = this.waiting.get(shown);
    if (one === undefined) this.waiting.set(shown, (one = { ids: undefined, asking: false, lastAt: Number.NEGATIVE_INFINITY, timer: undefined }));
    one.ids = one.ids === undefined ? ids : one.ids === "any" || ids === "any" ? "any" : new Set([...one.ids, ...ids]);
    this.arrange(shown, one);
  }

  private arrange(shown: Shown, one: Waiting): void {
    // While an answer is on its way, another question would take its place and so, in a long burst, no answer would ever arrive.
    if (one.asking || one.timer !== undefined) return;
    const wait = one.lastAt + PAUSE_MS - Date.now();
    if (wait <= 0 && !this.isMoved(shown)) {
      void this.ask(shown, one);
      return;
    }
    one.timer = setTimeout(
      () => {
        one.timer = undefined;
        this.arrange(shown, one);
      },
      wait <= 0 ? PAUSE_MS : wait,
    );
  }

  /** Series are being put into another order: what is asked for meanwhile would show it half done. */
  private isMoved(shown: Shown): boolean {
    return shown === "series" && this.queries.isMutating({ mutationKey: ["members"] }) > 0;
  }

  private async ask(shown: Shown, one: Waiting): Promise<void> {
    const ids = one.ids ?? "any";
    [one.ids, one.asking, one.lastAt] = [undefined, true, Date.now()];
    await this.queries.invalidateQueries({ predicate: ({ queryKey }) => SHOWN[shown](queryKey, ids) }).catch(() => undefined);
    one.asking = false;
    if (one.ids !== undefined && this.waiting.get(shown) === one) this.arrange(shown, one);
  }
}
