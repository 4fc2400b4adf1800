// The Kapacitors, as several pages need them.

import { queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "./client";

export type Kapacitor = Schemas["StoredKapacitor"];

/** Every Kapacitor of every connection. */
export const kapacitorList = queryOptions({
  queryKey: ["kapacitors"],
  queryFn: async () => (await body(api.GET("/api/v1/kapacitors"))).items,
});

/** One Kapacitor of a connection, each by its id or name. */
export const oneKapacitor = (connection: string, kapacitor: string) =>
  queryOptions({
    queryKey: ["kapacitors", connection, kapacitor],
    queryFn: () =>
      body(api.GET("/api/v1/connections/{connection}/kapacitors/{kapacitor}", { params: { path: { connection, kapacitor } } })),
  });

/** Makes a Kapacitor the active one of its connection. */
export function activateKapacitor({ connection_id, id }: Kapacitor): Promise<Kapacitor> {
  const path = { connection: connection_id, kapacitor: id };
  return body(api.POST("/api/v1/connections/{connection}/kapacitors/{kapacitor}/activate", { params: { path } }));
}

/** The Kapacitors of each connection, the active one first, then by name. */
export function byConnection(kapacitors: Kapacitor[]): Map<string, Kapacitor[]> {
  const found = new Map<string, Kapacitor[]>();
  for (const kapacitor of kapacitors) {
    const others = found.get(kapacitor.connection_id);
    if (others) others.push(kapacitor);
    else found.set(kapacitor.connection_id, [kapacitor]);
  }
  for (const list of found.values()) list.sort((a, b) => Number(b.active) - Number(a.active) || a.name.localeCompare(b.name));
  return found;
}
