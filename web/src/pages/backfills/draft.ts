// A backfill as its form holds it, and back into what the API is asked for. Without React.

import type { NewBackfill } from "../../api/backfills";
import { command, curl } from "../../lib/recipes";
import { fromLocalInput } from "../../lib/runSearch";
import type { Recipe } from "../../ui/CopyAs";

export interface Draft {
  /** Of a window series as an `<input type="datetime-local">` holds it, else a value of the cursor. */
  from: string;
  to: string;
  chunk: number | "";
  parallel: number | "";
  pause_s: number | "";
}

export const EMPTY_DRAFT: Draft = { from: "", to: "", chunk: "", parallel: 1, pause_s: 0 };

/** The fields that the server may name. */
export const FIELDS = ["from", "to", "chunk", "parallel", "pause_s"];

/** What is asked for. `isInstants`: the ends are instants of the viewer's clock. Blank is what the server decides. */
export function wantedOf(draft: Draft, isInstants: boolean): NewBackfill {
  const end = (text: string) => (isInstants ? fromLocalInput(text) : text.trim()) ?? "";
  const to = end(draft.to);
  return {
    from: end(draft.from),
    ...(to === "" ? {} : { to }),
    ...(draft.chunk === "" ? {} : { chunk: draft.chunk }),
    parallel: draft.parallel === "" ? 1 : draft.parallel,
    pause_s: draft.pause_s === "" ? 0 : draft.pause_s,
  };
}

/** The same as a request and as a command. `isTimes`: a chunk's length is one of time. */
export function recipesOf(series: string, { from, to, chunk, parallel = 1, pause_s = 0 }: NewBackfill, isTimes: boolean): Recipe[] {
  const wanted = { from, ...(to == null ? {} : { to }), ...(chunk == null ? {} : { chunk }), ...(parallel === 1 ? {} : { parallel }), ...(pause_s === 0 ? {} : { pause_s }) };
  return [
    { label: "curl", text: curl("POST", `/series/${encodeURIComponent(series)}/backfills`, wanted) },
    {
      label: "Command line",
      text: command(
        ["backfill", "start", series],
        [
          ["from", from],
          ["to", to],
          ["chunk", chunk == null ? undefined : isTimes ? `${chunk}s` : chunk],
          ["parallel", parallel === 1 ? undefined : parallel],
          ["pause", pause_s === 0 ? undefined : `${pause_s}s`],
        ],
      ),
    },
  ];
}
