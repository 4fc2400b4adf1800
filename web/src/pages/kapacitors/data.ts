// What the pages of Kapacitors ask of the server.

import { useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/client";
import { type Kapacitor, kapacitorList } from "../../api/kapacitors";
import { showProblem } from "../../ui/form";
import { deleteWithUndo } from "../../ui/undo";

/** Deletes with a way back. */
export function useDelete(): (kapacitor: Kapacitor) => void {
  const queries = useQueryClient();
  return ({ id, name, connection_id, revision }) =>
    deleteWithUndo({
      id,
      what: `the Kapacitor ${name}`,
      remove: () =>
        api.DELETE("/api/v1/connections/{connection}/kapacitors/{kapacitor}", {
          params: { path: { connection: connection_id, kapacitor: id }, header: { "If-Match": `"${revision}"` } },
        }),
      settled: () => void queries.invalidateQueries({ queryKey: kapacitorList.queryKey }),
      failed: showProblem,
    });
}
