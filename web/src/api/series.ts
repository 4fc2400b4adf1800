// The series, as several pages need them.

import { queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "./client";

export type Series = Schemas["StoredSeries"];

/** Every series, by name. */
export const seriesList = queryOptions({
  queryKey: ["series"],
  queryFn: async () => (await body(api.GET("/api/v1/series"))).items,
});
