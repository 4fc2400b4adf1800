// An audit as its form holds it, and back into what the API is asked for. Without React.

import type { NewAudit } from "../../api/audits";
import type { Every } from "../../lib/audits";
import { command, curl } from "../../lib/recipes";
import { fromLocalInput } from "../../lib/runSearch";
import { ownZone } from "../../lib/zones";
import type { Recipe } from "../../ui/CopyAs";

export interface Draft {
  /** As an `<input type="datetime-local">` holds it. */
  from: string;
  to: string;
  every: Every;
  /** Whose days. */
  zone: string;
}

/** The days of whoever looks. */
export function emptyDraft(): Draft {
  return { from: "", to: "", every: "hour", zone: ownZone() };
}

/** The fields that the server may name. */
export const FIELDS = ["from", "to", "every", "zone"];

/** What is asked for. A blank end is what the series has delivered. */
export function wantedOf({ from, to, every, zone }: Draft): NewAudit {
  const end = fromLocalInput(to);
  return { from: fromLocalInput(from) ?? "", ...(end === undefined ? {} : { to: end }), every, ...(every === "day" ? { zone } : {}) };
}

/** The same as a request and as a command. */
export function recipesOf(series: string, wanted: NewAudit): Recipe[] {
  return [
    { label: "curl", text: curl("POST", `/series/${encodeURIComponent(series)}/audits`, wanted) },
    {
      label: "Command line",
      text: command(["audit", "start", series], [["from", wanted.from], ["to", wanted.to], ["every", wanted.every], ["zone", wanted.zone]]),
    },
  ];
}
