// The files that define objects, as several pages need them.

import { queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "./client";

export type Files = Schemas["Files"];
export type DefiningFile = Schemas["DefiningFile"];

/** How often the folder's state is asked for again, in ms. */
const FILES_MS = 2_000;

/** The folder and what came of each of its files. */
export const fileList = queryOptions({
  queryKey: ["files"],
  queryFn: ({ signal }) => body(api.GET("/api/v1/files", { signal })),
  refetchInterval: FILES_MS,
});
