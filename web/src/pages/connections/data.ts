// What the pages of connections ask of the server.

import { type QueryClient, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, body, type Schemas } from "../../api/client";
import { type Connection, connectionList, oneConnection } from "../../api/connections";
import { type Hold, holdList } from "../../api/holds";
import { byConnection, type Kapacitor, kapacitorList } from "../../api/kapacitors";
import { showDone } from "../../ui/form";
import { leaving } from "../../ui/undo";
import { useStore } from "../../ui/store";

/** A connection in the list, with its Kapacitors. */
export interface Row {
  connection: Connection;
  kapacitors: Kapacitor[];
  /** While it does not take points. */
  hold: Hold | undefined;
}

/** Every connection with its Kapacitors, without those that are about to go. */
export function useRows() {
  const gone = useStore(leaving);
  const connections = useQuery(connectionList);
  const kapacitors = useQuery(kapacitorList);
  const { data: holds } = useQuery(holdList);
  const rows = useMemo(() => {
    const of = byConnection((kapacitors.data ?? []).filter(({ id }) => !gone.has(id)));
    const on = new Map(holds?.map((hold) => [hold.connection_id, hold]));
    return connections.data?.filter(({ id }) => !gone.has(id)).map((connection): Row => ({
      connection, kapacitors: of.get(connection.id) ?? [], hold: on.get(connection.id),
    }));
  }, [connections.data, kapacitors.data, holds, gone]);
  return {
    rows,
    error: connections.error,
    isFetching: connections.isFetching,
    refetch: () => Promise.all([connections.refetch(), kapacitors.refetch()]),
  };
}

export async function makeDefault(queries: QueryClient, { id, name }: Connection): Promise<void> {
  await body(api.POST("/api/v1/connections/{connection}/default", { params: { path: { connection: id } } }));
  await queries.invalidateQueries({ queryKey: connectionList.queryKey });
  showDone(`${name} is the default connection`);
}

/** Checks one connection, without telling its steps. */
export async function check(queries: QueryClient, { id }: Connection): Promise<Schemas["Checked"]> {
  const checked = await body(api.POST("/api/v1/connections/{connection}/check", { params: { path: { connection: id } } }));
  await queries.invalidateQueries({ queryKey: oneConnection(id).queryKey });
  // Only one that asks for events gets text.
  return checked as Schemas["Checked"];
}

/** Deletes it, if it is still as it was seen; `successor` becomes the default when it was. Gives the new default, if there is one. */
export async function remove({ id, revision }: Connection, successor?: string): Promise<string | undefined> {
  const { data } = await api.DELETE("/api/v1/connections/{connection}", {
    params: { path: { connection: id }, query: successor === undefined ? {} : { successor }, header: { "If-Match": `"${revision}"` } },
  });
  return data?.new_default.name;
}

