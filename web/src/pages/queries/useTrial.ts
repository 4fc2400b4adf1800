// Trying a query: one at a time, with the time that it took.

import { useCallback, useEffect, useRef, useState } from "react";
import type { Column, Rows } from "./data";

export type Outcome =
  | { kind: "rows"; rows: Rows; took_ms: number }
  | { kind: "columns"; columns: Column[]; took_ms: number };

interface State {
  running: boolean;
  outcome: Outcome | undefined;
  error: unknown;
}

export function useTrial() {
  const [state, setState] = useState<State>({ running: false, outcome: undefined, error: undefined });
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const stop = useCallback(() => {
    running.current?.abort();
    setState((now) => ({ ...now, running: false }));
  }, []);

  /** Runs it; what still runs is stopped. Gives the error, if it ends with one. */
  const run = useCallback(async (ask: (signal: AbortSignal) => Promise<Rows | Column[]>): Promise<unknown> => {
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    setState((now) => ({ ...now, running: true, error: undefined }));
    const begin = performance.now();
    try {
      const answer = await ask(mine.signal);
      const took_ms = performance.now() - begin;
      if (running.current !== mine) return undefined;
      const outcome: Outcome = Array.isArray(answer) ? { kind: "columns", columns: answer, took_ms } : { kind: "rows", rows: answer, took_ms };
      setState({ running: false, outcome, error: undefined });
      return undefined;
    } catch (error) {
      if (mine.signal.aborted) return undefined;
      setState({ running: false, outcome: undefined, error });
      return error;
    }
  }, []);
  return { ...state, run, stop };
}
