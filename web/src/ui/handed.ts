// A Kapacitor that was pasted where a connection is added, on its way to its own form. Kept in memory only: it may hold a password.

import type { PastedKapacitor } from "../lib/pasted";

let waiting: { connection: string; kapacitor: PastedKapacitor } | undefined;

/** Keeps it for the form that adds a Kapacitor to this connection. */
export function handOver(connection: string, kapacitor: PastedKapacitor): void {
  waiting = { connection, kapacitor };
}

/** Gives what was kept for this connection, once; what was kept for another is dropped. */
export function takeOver(connection: string): PastedKapacitor | undefined {
  const taken = waiting?.connection === connection ? waiting.kapacitor : undefined;
  waiting = undefined;
  return taken;
}
