import { Refusal } from "../../api/client";

/** Whether a refusal is about the query, and so belongs beside it: everything else is about the connection. */
export function isOfQuery(error: unknown): error is Refusal {
  return error instanceof Refusal && error.kind === "influx_query";
}
