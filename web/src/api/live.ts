// The pages follow the server: one stream of events per tab, while the tab is looked at. A browser opens six connections to one server, so a
// tab that nobody sees has none.
//
// ```text
//  hidden ──seen──▶ opening ──hello──▶ live          (everything is asked for once, then what is told)
//    ▲                 ▲ │                │
//    └──from anywhere  │ └──error, or no hello in time──▶ lost ─┐
//                      └───────────── after a pause ────────────┘   (meanwhile everything is asked for, slowly)
// ```

import type { QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { organization } from "./client";
import { Refresher } from "./refresh";

/** How long a stream may take to say hello, in ms. */
const HELLO_MS = 10_000;
/** Before the first, the second, … attempt to open it again, in ms. */
const AGAIN_MS = [500, 1_000, 2_000, 5_000, 10_000] as const;
/** How long it is lost before anybody is told, in ms: a server that is restarted at once is no news. */
const TELL_MS = 2_000;
/** How often everything is asked for while it is lost, in ms. */
const SLOWLY_MS = 10_000;

let lost = false;
const listeners = new Set<() => void>();

function say(next: boolean): void {
  if (next === lost) return;
  lost = next;
  for (const listener of listeners) listener();
}

/** Whether the pages do not follow the server now, though they should. */
export function useLost(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => lost,
  );
}

/** Follows the server from now on. Gives what ends it. */
export function live(queries: QueryClient): () => void {
  const follower = new Follower(new Refresher(queries));
  const look = () => (document.visibilityState === "visible" ? follower.open() : follower.close());
  document.addEventListener("visibilitychange", look);
  look();
  return () => {
    document.removeEventListener("visibilitychange", look);
    follower.close();
  };
}

class Follower {
  private stream: EventSource | undefined;
  private attempts = 0;
  private late: ReturnType<typeof setTimeout> | undefined;
  private again: ReturnType<typeof setTimeout> | undefined;
  private tell: ReturnType<typeof setTimeout> | undefined;
  private slowly: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly refresher: Refresher) {}

  open(): void {
    if (this.stream !== undefined) return;
    clearTimeout(this.again);
    const whose = organization();
    const stream = new EventSource(`/api/v1/events${whose === null ? "" : `?organization=${encodeURIComponent(whose)}`}`);
    this.stream = stream;
    this.late = setTimeout(() => this.lose(), HELLO_MS);
    stream.addEventListener("hello", () => this.follow());
    stream.addEventListener("changed", ({ data }: MessageEvent<string>) => {
      const { noun, ids } = JSON.parse(data) as { noun: string; ids?: string[] };
      this.refresher.changed(noun, ids);
    });
    // Its own way to come back is not used: it gives up on a server that answers with an error.
    stream.addEventListener("error", () => this.lose());
  }

  /** Nobody looks: nothing is told and nothing asked for. */
  close(): void {
    this.end();
    clearTimeout(this.again);
    this.settle();
    this.refresher.stop();
  }

  private follow(): void {
    clearTimeout(this.late);
    this.settle();
    // What changed before this is told to nobody.
    this.refresher.everything();
  }

  private lose(): void {
    this.end();
    this.again = setTimeout(() => this.open(), AGAIN_MS[Math.min(this.attempts, AGAIN_MS.length - 1)]);
    this.attempts += 1;
    this.tell ??= setTimeout(() => say(true), TELL_MS);
    this.slowly ??= setInterval(() => this.refresher.everything(), SLOWLY_MS);
  }

  private end(): void {
    clearTimeout(this.late);
    this.stream?.close();
    this.stream = undefined;
  }

  /** It is not lost, or not any more. */
  private settle(): void {
    this.attempts = 0;
    clearTimeout(this.tell);
    clearInterval(this.slowly);
    this.tell = this.slowly = undefined;
    say(false);
  }
}
