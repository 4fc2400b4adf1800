// Where the time of a run went.

import { Paper, Stack, Text, Title } from "@mantine/core";
import type { Run } from "../../api/runs";
import { duration } from "../../lib/format";

const PHASES = [
  { key: "open_ms", name: "Open", what: "until the database had accepted the statement" },
  { key: "read_ms", name: "Read", what: "waiting for rows" },
  { key: "shape_ms", name: "Shape", what: "turning rows into line protocol" },
  { key: "write_ms", name: "Write", what: "waiting for InfluxDB's answers" },
] as const;

/** The wait in line and each phase as a bar against the whole time. Phases overlap, so the bars do not add up. */
export function Phases({ run, now }: { run: Run; now: number }) {
  const due = Math.max(Date.parse(run.queued_at), Date.parse(run.not_before));
  const began = run.started_at == null ? now : Date.parse(run.started_at);
  const ended = run.finished_at == null ? now : Date.parse(run.finished_at);
  const waited = Math.max(began - due, 0);
  const ran = run.started_at == null ? 0 : Math.max(ended - began, 0);
  const phases = run.figures.phases;
  const whole = Math.max(ran, ...PHASES.map(({ key }) => phases?.[key] ?? 0), 1);
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4" mb={4}>
        Where its time went
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {run.started_at == null ? `Not begun; in line for ${duration(waited)}` : `In line for ${duration(waited)}, then at work for ${duration(ran)}`}. Phases
        overlap: rows are read while others are written.
      </Text>
      <Stack gap={8} component="ul" m={0} p={0} style={{ listStyle: "none" }}>
        {PHASES.map(({ key, name, what }) => {
          const ms = phases?.[key] ?? 0;
          return (
            <li key={key} className="phase">
              <Text size="sm" fw={600}>
                {name}
              </Text>
              <div className="phase-way" aria-hidden>
                <div className="phase-bar" data-phase={key} style={{ width: `${(ms / whole) * 100}%`, minWidth: ms > 0 ? 3 : 0 }} />
              </div>
              <Text size="sm" ta="right">
                {duration(ms)}
              </Text>
              <Text size="xs" c="dimmed" className="phase-what">
                {what}
              </Text>
            </li>
          );
        })}
      </Stack>
    </Paper>
  );
}
