import { Paper, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconClock, IconInfoCircle, IconPlayerPlay, IconPlayerStop, IconX } from "@tabler/icons-react";
import type { Schemas } from "../../api/client";
import { goesOn } from "../../api/runs";
import { duration, sentence } from "../../lib/format";
import { localTime } from "../../lib/zones";
import { beganBy } from "./RunTable";

const MARK = {
  info: { icon: IconInfoCircle, colour: "var(--mantine-color-dimmed)", name: "info" },
  warning: { icon: IconAlertTriangle, colour: "var(--mantine-color-yellow-filled)", name: "warning" },
  error: { icon: IconX, colour: "var(--mantine-color-red-filled)", name: "error" },
  queued: { icon: IconClock, colour: "var(--mantine-color-dimmed)", name: "in line" },
  began: { icon: IconPlayerPlay, colour: "var(--mantine-primary-color-filled)", name: "began" },
  ended: { icon: IconCheck, colour: "var(--mantine-color-teal-filled)", name: "ended" },
  stopped: { icon: IconPlayerStop, colour: "var(--mantine-color-red-filled)", name: "ended" },
} as const;

interface Moment {
  at: string;
  mark: keyof typeof MARK;
  text: string;
}

/** What happened to it and what it said, oldest first. */
function moments(run: Schemas["RunWithLog"]): Moment[] {
  const all: Moment[] = [{ at: run.queued_at, mark: "queued", text: `Put in line: ${beganBy(run)}` }];
  if (run.started_at != null) all.push({ at: run.started_at, mark: "began", text: "Began" });
  for (const { at, level, message } of run.log) all.push({ at, mark: level, text: sentence(message) });
  if (run.finished_at != null) {
    const mark = run.status === "succeeded" || run.status === "empty" ? "ended" : run.status === "partial" ? "warning" : run.status === "failed" ? "error" : "stopped";
    all.push({ at: run.finished_at, mark, text: `Ended: ${run.status}` });
  }
  return all.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

/** What happened when: each moment by the viewer's clock, and how long after it was put in line. */
export function RunLog({ run }: { run: Schemas["RunWithLog"] }) {
  const began = Date.parse(run.queued_at);
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4" mb="xs">
        What happened when
      </Title>
      <div role="log" aria-label="Log of the run">
        <ol className="log">
          {moments(run).map(({ at, mark, text }, index) => {
            const { icon: Mark, colour, name } = MARK[mark];
            return (
              <li key={index}>
                <Mark size={16} color={colour} role="img" aria-label={name} />
                <time dateTime={at} title={at}>
                  {localTime(at).slice(11)}
                </time>
                <Text span size="sm" c="dimmed" className="log-after">
                  {index === 0 ? "" : `+${duration(Math.max(Date.parse(at) - began, 0))}`}
                </Text>
                <span className="wrap">{text}</span>
              </li>
            );
          })}
        </ol>
        {goesOn(run.status) && (
          <Text size="sm" c="dimmed">
            {run.status === "queued" ? "Still waiting …" : "Still running …"}
          </Text>
        )}
      </div>
    </Paper>
  );
}
