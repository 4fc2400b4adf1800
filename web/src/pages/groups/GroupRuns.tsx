import { Anchor, CloseButton, Group as Row, Paper, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { oneRun, type Run } from "../../api/runs";
import { count } from "../../lib/format";
import { RunBadge } from "../../ui/RunBadge";

/** The runs of a group that was run by hand, each as it goes on. */
export function GroupRuns({ runs, onClose }: { runs: Run[]; onClose: () => void }) {
  return (
    <Paper withBorder p="md" component="section" aria-label="The runs by hand">
      <Row justify="space-between" mb="xs" wrap="nowrap">
        <Text fw={600} size="sm">
          {runs.length === 0 ? "Nothing to run: no series of the group is enabled" : "Run by hand"}
        </Text>
        <CloseButton aria-label="Close" onClick={onClose} />
      </Row>
      <Stack gap={6} role="status">
        {runs.map((run) => (
          <OneRun key={run.id} begun={run} />
        ))}
      </Stack>
    </Paper>
  );
}

function OneRun({ begun }: { begun: Run }) {
  const { data } = useQuery(oneRun(begun.id));
  const run = data ?? begun;
  return (
    <Row gap="sm">
      <RunBadge status={run.status} />
      <Anchor size="sm" renderRoot={(rest) => <Link to="/runs/$run" params={{ run: run.id }} {...rest} />}>
        {run.series_name}
      </Anchor>
      <Text size="sm" c="dimmed">
        {count(run.figures.rows_read ?? 0)} rows → {count(run.figures.points_written ?? 0)} points
        {run.reason != null && ` · ${run.reason.message}`}
      </Text>
    </Row>
  );
}
