// The organizations, and which of them is shown.

import { queryOptions } from "@tanstack/react-query";
import { api, body, organization, type Schemas } from "./client";

export type Organization = Schemas["Organization"];

/** Where the API puts whatever names no organization. */
const DEFAULT = "default";

/** Every organization, by name. */
export const organizationList = queryOptions({
  queryKey: ["organizations"],
  queryFn: async () => (await body(api.GET("/api/v1/organizations"))).items,
  staleTime: 30_000,
});

/** The one that is shown; undefined when the one that was chosen is not there any more. */
export function shown(all: Organization[]): Organization | undefined {
  const chosen = organization();
  const named = chosen ?? DEFAULT;
  return all.find(({ id, name, alias }) => id === named || name === named || alias === named);
}
