import { Badge } from "@mantine/core";
import { IconStar } from "@tabler/icons-react";
import type { Kapacitor } from "../../api/kapacitors";
import { StateBadge } from "../../ui/StateBadge";

/** Whether it works, as far as is known, and why not. */
export function KapacitorState({ of: { state, last_check: last } }: { of: Kapacitor }) {
  const why = last?.detail == null ? undefined : [last.step, last.detail].filter((part) => part != null).join(": ");
  if (state === "verified") return <StateBadge tone="good" why={why}>Verified</StateBadge>;
  if (state === "failing") return <StateBadge tone="bad" why={why}>Failing</StateBadge>;
  return <StateBadge tone="quiet" why="Not checked since it was last saved">Unverified</StateBadge>;
}

export function ActiveBadge() {
  return (
    <Badge variant="light" tt="none" leftSection={<IconStar size={12} aria-hidden />} style={{ flexShrink: 0 }}>
      Active
    </Badge>
  );
}
