import { Badge } from "@mantine/core";
import { IconShieldOff } from "@tabler/icons-react";
import type { Schemas } from "../../api/client";
import type { Hold } from "../../api/holds";
import { instant } from "../../lib/format";
import { StateBadge, type Tone } from "../../ui/StateBadge";

type State = Schemas["State"];

const LOOK: Record<State, { tone: Tone; word: string }> = {
  verified: { tone: "good", word: "Verified" },
  unverified: { tone: "quiet", word: "Unverified" },
  failing: { tone: "bad", word: "Failing" },
};

/** Whether it works, as far as is known, and why not. */
export function ConnectionState({ of: { state, last_check: last, gone } }: { of: Schemas["Known"] }) {
  if (gone) {
    return (
      <StateBadge tone="warning" why="What defined it is gone; it is kept as long as a series writes to it, and such a series fails">
        Gone
      </StateBadge>
    );
  }
  const { tone, word } = LOOK[state];
  const why = state === "unverified" ? "Not checked since it was last saved" : whyOf(last);
  return (
    <StateBadge tone={tone} why={why}>
      {word}
    </StateBadge>
  );
}

function whyOf(last: Schemas["LastCheck"] | null | undefined): string | undefined {
  if (last?.detail == null) return undefined;
  return [last.step, last.detail].filter((part) => part != null).join(": ");
}

/** Stands wherever a connection accepts any certificate. */
export function AnyoneBadge() {
  return (
    <Badge color="red" variant="filled" tt="none" leftSection={<IconShieldOff size={12} aria-hidden />}>
      Certificate not verified
    </Badge>
  );
}

/** Stands wherever a connection does not take points for now. */
export function HoldBadge({ hold }: { hold: Hold | undefined }) {
  if (hold === undefined) return null;
  return (
    <StateBadge tone="warning" why={`Since ${instant(hold.since)}: ${hold.reason.message}`}>
      On hold
    </StateBadge>
  );
}
