import { Paper, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconInfoCircle, IconX } from "@tabler/icons-react";
import type { Schemas } from "../../api/client";
import { instant, sentence } from "../../lib/format";

const MARK = {
  info: { icon: IconInfoCircle, colour: "var(--mantine-color-dimmed)" },
  warning: { icon: IconAlertTriangle, colour: "var(--mantine-color-yellow-filled)" },
  error: { icon: IconX, colour: "var(--mantine-color-red-filled)" },
} as const;

/** The lines of a run's log, oldest first. */
export function RunLog({ lines, goesOn }: { lines: Schemas["LogLine"][]; goesOn: boolean }) {
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4" mb="xs">
        Log
      </Title>
      {lines.length === 0 && (
        <Text size="sm" c="dimmed">
          {goesOn ? "Nothing said yet" : "It said nothing"}
        </Text>
      )}
      <div role="log" aria-label="Log of the run">
        <ol className="log">
          {lines.map(({ at, level, message }, index) => {
            const { icon: Mark, colour } = MARK[level];
            return (
              <li key={index}>
                <Mark size={16} color={colour} role="img" aria-label={level} />
                <time dateTime={at} title={at}>
                  {instant(at)}
                </time>
                <span className="wrap">{sentence(message)}</span>
              </li>
            );
          })}
        </ol>
      </div>
    </Paper>
  );
}
