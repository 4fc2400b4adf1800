// A check, or a save that checks first, step by step.

import { useCallback, useEffect, useRef, useState } from "react";
import { type Finding, Refusal } from "./client";
import { events } from "./events";

export interface LadderState {
  findings: Finding[];
  running: boolean;
  /** Whether the last one ended with every step passed; undefined before the first. */
  passed: boolean | undefined;
}

const IDLE: LadderState = { findings: [], running: false, passed: undefined };

/** Runs one check at a time; a new one, or leaving the page, stops the one before. */
export function useLadder() {
  const [state, setState] = useState<LadderState>(IDLE);
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  /** Sends the request and follows it. Gives the data of the event that ends it: `checked` or `saved`. Throws what `refused` says. */
  const climb = useCallback(
    async (method: "POST" | "PATCH", path: string, body: unknown, headers?: Record<string, string>): Promise<unknown> => {
      running.current?.abort();
      const mine = new AbortController();
      running.current = mine;
      const findings: Finding[] = [];
      setState({ findings: [], running: true, passed: undefined });
      const end = () => {
        if (running.current !== mine) return;
        const passed = findings.every((finding) => finding.verdict !== "failed");
        setState({ findings: [...findings], running: false, passed: findings.length > 0 && passed });
      };
      try {
        for await (const { name, data } of events(method, path, body, { signal: mine.signal, ...(headers ? { headers } : {}) })) {
          if (name === "finding") {
            findings.push(data as Finding);
            setState({ findings: [...findings], running: true, passed: undefined });
          } else if (name === "refused") {
            throw new Refusal(422, data);
          } else {
            return data;
          }
        }
        throw new Error("the server broke off in the middle of the check");
      } finally {
        end();
      }
    },
    [],
  );
  const reset = useCallback(() => {
    running.current?.abort();
    running.current = undefined;
    setState(IDLE);
  }, []);
  return { ...state, climb, reset };
}
