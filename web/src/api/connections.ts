// The connections, as several pages need them.

import { queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "./client";

export type Connection = Schemas["StoredConnection"];
export type Driver = Connection["driver"];
export type Edition = Schemas["V3Edition"];

/** What people call a driver. */
export const DRIVERS: Record<Driver, string> = {
  v1: "InfluxDB driver V1",
  v2: "InfluxDB driver V2",
  v3: "InfluxDB driver V3",
  file: "File driver",
};

/** What people call an InfluxDB 3. */
export const EDITIONS: Record<Edition, string> = {
  core: "InfluxDB 3 Core",
  enterprise: "InfluxDB 3 Enterprise",
  clustered: "InfluxDB Clustered",
  cloud_dedicated: "InfluxDB Cloud Dedicated",
  cloud_serverless: "InfluxDB Cloud Serverless",
};

/** What people call an InfluxDB 1. */
export const V1_EDITIONS: Record<Schemas["V1Edition"], string> = {
  oss: "Open source",
  enterprise: "Enterprise",
  relay: "Relay",
};

/** Every connection, by name. */
export const connectionList = queryOptions({
  queryKey: ["connections"],
  queryFn: async () => (await body(api.GET("/api/v1/connections"))).items,
});

/** One connection, by its id or name. */
export const oneConnection = (connection: string) =>
  queryOptions({
    queryKey: ["connections", connection],
    queryFn: () => body(api.GET("/api/v1/connections/{connection}", { params: { path: { connection } } })),
  });

/** Where it is: a URL without the slash that stands for no path, or a folder. */
export function placeOf(connection: Schemas["Connection"]): string {
  return connection.driver === "file" ? connection.folder : connection.url.replace(/^(\w+:\/\/[^/]+)\/$/, "$1");
}

/** What is written to, in one line. */
export function writtenTo(connection: Schemas["Connection"]): string {
  switch (connection.driver) {
    case "v1":
      return connection.retention_policy == null ? connection.database : `${connection.database}, ${connection.retention_policy}`;
    case "v2":
      return `${connection.organization} / ${connection.bucket}`;
    case "v3":
      return connection.database;
    case "file":
      return "Files";
  }
}
