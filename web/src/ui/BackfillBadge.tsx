import type { BackfillState } from "../lib/backfills";
import { StateBadge, type Tone } from "./StateBadge";

const TONE: Record<BackfillState, Tone> = { running: "busy", paused: "warning", succeeded: "good", partial: "warning", failed: "bad", cancelled: "quiet" };

/** What each state means, for those who meet it the first time. */
const MEANING: Record<BackfillState, string> = {
  running: "Its chunks run",
  paused: "No further chunk begins; those on their way go on to their end",
  succeeded: "Every row of the range arrived",
  partial: "Some chunks failed, or some rows were rejected",
  failed: "No chunk ended well",
  cancelled: "A person stopped it; what was written stays",
};

/** Where a backfill stands: a mark and a word. */
export function BackfillBadge({ state, explained = false }: { state: BackfillState; explained?: boolean }) {
  return (
    <StateBadge tone={TONE[state]} why={explained ? MEANING[state] : undefined}>
      {state}
    </StateBadge>
  );
}
