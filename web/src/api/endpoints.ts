// The alert endpoints that a Kapacitor keeps. Nothing tells of a change inside it: they are asked for when somebody looks, and by hand.

import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "./client";
import { kapacitorList } from "./kapacitors";

export type AlertEndpoint = Schemas["AlertEndpoint"];
export type AlertEndpoints = Schemas["AlertEndpoints"];
export type EndpointTest = Schemas["EndpointTest"];
export type Handler = Schemas["Handler"];
export type HandlerField = Schemas["HandlerField"];
export type Proof = Schemas["Proof"];
export type EndpointPatch = Schemas["AlertEndpointChange"];

/** A Kapacitor by its connection's id and its own. */
export interface OfKapacitor {
  connection: string;
  kapacitor: string;
}

const BASE = "/api/v1/connections/{connection}/kapacitors/{kapacitor}/endpoints";
const ONE = `${BASE}/{endpoint}` as const;

/** What it offers, and every endpoint. */
export const endpointsOf = ({ connection, kapacitor }: OfKapacitor) =>
  queryOptions({
    queryKey: [...kapacitorList.queryKey, connection, kapacitor, "endpoints"],
    queryFn: ({ signal }) => body(api.GET(BASE, { params: { path: { connection, kapacitor } }, signal })),
  });

/** Adds an element to a handler that can have several. */
export function addEndpoint(of: OfKapacitor, name: string, options: Record<string, unknown>): Promise<AlertEndpoint> {
  return body(api.POST(BASE, { params: { path: { ...of } }, body: { name, options } }));
}

export function changeEndpoint(of: OfKapacitor, endpoint: string, patch: EndpointPatch): Promise<AlertEndpoint> {
  return body(api.PATCH(ONE, { params: { path: { ...of, endpoint } }, body: patch }));
}

/** Removes what was added, or resets to what Kapacitor's file says: which of both is told. */
export function removeEndpoint(of: OfKapacitor, endpoint: string): Promise<Schemas["RemovedAlertEndpoint"]> {
  return body(api.DELETE(ONE, { params: { path: { ...of, endpoint } } }));
}

/** The running service becomes what is stored. */
export function applyEndpoint(of: OfKapacitor, endpoint: string): Promise<AlertEndpoint> {
  return body(api.POST(`${ONE}/apply`, { params: { path: { ...of, endpoint } } }));
}

/** It really sends. */
export function testEndpoint(of: OfKapacitor, endpoint: string): Promise<EndpointTest> {
  return body(api.POST(`${ONE}/test`, { params: { path: { ...of, endpoint } } }));
}

/** Puts an endpoint as the server gave it into what is shown, and asks again for all of that Kapacitor's. */
export function endpointChanged(queries: QueryClient, of: OfKapacitor, changed?: AlertEndpoint): Promise<void> {
  const { queryKey } = endpointsOf(of);
  if (changed) {
    queries.setQueryData(queryKey, (all: AlertEndpoints | undefined) => all && { ...all, items: all.items.map((one) => (one.name === changed.name ? changed : one)) });
  }
  return queries.invalidateQueries({ queryKey });
}
