// The organizations, and which of them is shown.

import { queryOptions } from "@tanstack/react-query";
import { api, body, chooseOrganization, organization, type Schemas } from "./client";

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
  return all.find((one) => (chosen === null ? one.name === DEFAULT : one.id === chosen));
}

/** Shows another organization, from its start: the page is loaded anew, so that nothing of the other one is left in any field or list. */
export function show(id: string): void {
  chooseOrganization(id);
  window.location.assign("/");
}
