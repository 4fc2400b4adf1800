import type { Backfill } from "../../api/backfills";
import { When } from "../../ui/When";

/** When it was over, or will be if it goes on like this. */
export function Over({ of: { ended_at: ended, eta, state } }: { of: Backfill }) {
  if (ended != null) return <When at={ended} />;
  if (state === "paused") return "Paused";
  if (eta == null) return "Not known yet";
  // A chunk that takes longer than those before it.
  return Date.parse(eta) <= Date.now() ? "Soon" : <When at={eta} />;
}
