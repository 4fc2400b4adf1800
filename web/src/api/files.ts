// The files that define objects, as several pages need them.

import { queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "./client";

export type Files = Schemas["Files"];
export type DefiningFile = Schemas["DefiningFile"];

/** How often it is asked when the folder was last looked at, in ms: the server tells of changes, and not of that. */
const LOOKED_MS = 15_000;

/** The folder and what came of each of its files. */
export const fileList = queryOptions({
  queryKey: ["files"],
  queryFn: ({ signal }) => body(api.GET("/api/v1/files", { signal })),
  refetchInterval: LOOKED_MS,
});
