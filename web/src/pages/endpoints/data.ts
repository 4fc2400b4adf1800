// What the pages of alert endpoints ask of the server.

import { useQueryClient } from "@tanstack/react-query";
import { endpointChanged, type OfKapacitor, removeEndpoint } from "../../api/endpoints";
import { showDone, showProblem } from "../../ui/form";
import { deleteWithUndo } from "../../ui/undo";

/** What tells an endpoint from all others of all Kapacitors, while it is about to be removed. */
export function idOf({ kapacitor }: OfKapacitor, name: string): string {
  return `${kapacitor}/${name}`;
}

/** Removes an element with a way back, and says when it is not gone but as Kapacitor's file has it. */
export function useRemove(of: OfKapacitor): (name: string, title: string) => void {
  const queries = useQueryClient();
  return (name, title) =>
    deleteWithUndo({
      id: idOf(of, name),
      did: "Removed",
      what: `the alert endpoint ${title}`,
      remove: async () => {
        const { outcome } = await removeEndpoint(of, name);
        if (outcome === "reset") showDone(`${title} is in Kapacitor’s file: it is back with the file’s values`);
      },
      settled: () => void endpointChanged(queries, of),
      failed: showProblem,
    });
}
