// The Kapacitors, as several pages need them.

import { queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "./client";

export type Kapacitor = Schemas["StoredKapacitor"];
export type Task = Schemas["Task"];

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

/** How it is by its own word, at the moment of asking. */
export const statisticsOf = (connection: string, kapacitor: string) =>
  queryOptions({
    queryKey: [...kapacitorList.queryKey, connection, kapacitor, "statistics"],
    queryFn: ({ signal }) =>
      body(api.GET("/api/v1/connections/{connection}/kapacitors/{kapacitor}/statistics", { params: { path: { connection, kapacitor } }, signal })),
  });

/** What runs in it; with `search` the tasks that hold it in their id. */
export const tasksOf = (connection: string, kapacitor: string, search?: string) =>
  queryOptions({
    queryKey: [...kapacitorList.queryKey, connection, kapacitor, "tasks", search ?? ""],
    queryFn: ({ signal }) => {
      const query = search === undefined ? {} : { search };
      return body(api.GET("/api/v1/connections/{connection}/kapacitors/{kapacitor}/tasks", { params: { path: { connection, kapacitor }, query }, signal }));
    },
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
