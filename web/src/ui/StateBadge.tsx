import { Badge, Tooltip } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconCircleDashed, IconFile, IconPlayerPlay, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";

export type Tone = "good" | "bad" | "warning" | "busy" | "quiet";

const LOOK = {
  good: { color: "teal", icon: IconCheck },
  bad: { color: "red", icon: IconX },
  warning: { color: "yellow", icon: IconAlertTriangle },
  busy: { color: "blue", icon: IconPlayerPlay },
  quiet: { color: "gray", icon: IconCircleDashed },
} as const;

/** A state in a word, told by icon and text, not by colour alone. */
export function StateBadge({ tone, children, why }: { tone: Tone; children: ReactNode; why?: string | undefined }) {
  const { color, icon: Mark } = LOOK[tone];
  const badge = (
    <Badge color={color} variant="light" leftSection={<Mark size={12} aria-hidden />} tt="none" {...(why === undefined ? {} : { tabIndex: 0 })}>
      {children}
    </Badge>
  );
  return why === undefined ? badge : <Tooltip label={why} multiline maw={420} events={{ hover: true, focus: true, touch: true }}>{badge}</Tooltip>;
}

/** Who defines an object, when people do not: `file:shop.src`. */
export function OriginBadge({ origin }: { origin: string | null | undefined }) {
  if (origin === null || origin === undefined) return null;
  const [kind, name] = [origin.slice(0, origin.indexOf(":")), origin.slice(origin.indexOf(":") + 1)];
  return (
    <Tooltip label={`Defined by the ${kind === "file" ? "file" : "variable"} ${name}: it is changed there, not here`} events={{ hover: true, focus: true, touch: true }}>
      <Badge variant="outline" color="gray" tt="none" leftSection={<IconFile size={12} aria-hidden />} tabIndex={0}>
        {name}
      </Badge>
    </Tooltip>
  );
}
