import type { AuditState } from "../lib/audits";
import { StateBadge, type Tone } from "./StateBadge";

const TONE: Record<AuditState, Tone> = { running: "busy", agrees: "good", differs: "warning", failed: "bad", cancelled: "quiet" };

/** Where an audit stands: a mark and a word. */
export function AuditBadge({ state }: { state: AuditState }) {
  return <StateBadge tone={TONE[state]}>{state}</StateBadge>;
}
