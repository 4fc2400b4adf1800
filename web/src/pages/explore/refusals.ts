import { Refusal, Unreachable } from "../../api/client";

/** Whether a refusal is about the query, and so belongs beside it. */
export function isOfQuery(error: unknown): error is Refusal {
  return error instanceof Refusal && error.kind === "influx_query";
}

const OF_CONNECTION: ReadonlySet<string> = new Set([
  "influx_url", "influx_dns", "influx_unreachable", "influx_tls", "influx_product", "influx_authentication",
]);

/** Whether every other question would meet the same: it is told once, in place of all. */
export function isOfConnection(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof Refusal && OF_CONNECTION.has(error.kind));
}
