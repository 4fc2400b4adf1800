import { StateBadge, type Tone } from "./StateBadge";
import type { RunStatus } from "../lib/runSearch";
import type { BarLook } from "./Sparkline";

const TONE: Record<RunStatus, Tone> = {
  queued: "quiet",
  running: "busy",
  succeeded: "good",
  empty: "quiet",
  partial: "warning",
  failed: "bad",
  skipped: "quiet",
  missed: "warning",
  cancelled: "quiet",
  abandoned: "warning",
};

/** What each status means, for those who meet it the first time. */
export const MEANING: Record<RunStatus, string> = {
  queued: "In line",
  running: "On its way",
  succeeded: "The database said end of rows, and every point was acknowledged",
  empty: "The database said end of rows, and there were none",
  partial: "Every point was acknowledged or kept as a reject, and there are rejects",
  failed: "It stopped before the end; its reason says why",
  skipped: "Its slot came while an earlier one of the group still ran",
  missed: "Its slot passed while nothing ran",
  cancelled: "Somebody stopped it",
  abandoned: "Its server died; the slot was put in line again",
};

/** Where a run stands: a mark and a word. */
export function RunBadge({ status }: { status: RunStatus }) {
  return <StateBadge tone={TONE[status]}>{status}</StateBadge>;
}

/** How a run looks among small bars: nothing written is hollow, never a full bar. */
export function barLook(status: RunStatus): BarLook {
  if (status === "succeeded" || status === "running") return "full";
  if (status === "partial") return "striped";
  if (status === "failed" || status === "abandoned") return "cross";
  return "hollow";
}
