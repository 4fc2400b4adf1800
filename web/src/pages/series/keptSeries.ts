// A new series that is not saved yet, kept in this tab.

import { organization } from "../../api/client";
import type { Query } from "../../api/queries";
import { dropDraft, keepDraft, keptDraft } from "../../lib/kept";
import { isRemembered } from "../../lib/parameters";
import { type Draft, EMPTY_DRAFT } from "./draft";

/** Each organization has queries and connections of its own. */
const name = () => `series:${organization() ?? ""}`;

export function dropSeries(): void {
  dropDraft(name());
}

/** Keeps it, except for values of placeholders that may be secrets. Of one without a query there is nothing to keep. */
export function keepSeries(draft: Draft, query: Query | undefined): void {
  if (query === undefined) return;
  keepDraft(name(), { ...draft, parameters: Object.fromEntries(Object.entries(draft.parameters).filter(([parameter]) => isRemembered(parameter))) });
}

/** What was kept, with the group that a link chose. What an older console kept otherwise is let go. */
export function keptSeries(group: string | undefined): Draft | undefined {
  const kept = keptDraft(name());
  if (kept === undefined) return undefined;
  const isDraft = typeof kept === "object" && kept !== null && Object.entries(EMPTY_DRAFT).every(([field, value]) => isLike((kept as Record<string, unknown>)[field], value));
  if (!isDraft) {
    dropSeries();
    return undefined;
  }
  return group === undefined ? (kept as Draft) : { ...(kept as Draft), group_id: group };
}

/** A field of a number may be blank. */
function isLike(value: unknown, usual: unknown): boolean {
  return typeof value === typeof usual || (typeof usual === "number" && value === "");
}
