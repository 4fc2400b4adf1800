import { Anchor, Button, CloseButton, Group, Paper, Progress, Stack, Text } from "@mantine/core";
import { IconChartLine } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { cancelRun, goesOn, oneRun } from "../../api/runs";
import { count, duration, sentences } from "../../lib/format";
import { showProblem } from "../../ui/form";
import { Problem } from "../../ui/Problem";
import { RunBadge } from "../../ui/RunBadge";
import type { Explored } from "./LastRuns";

interface Props {
  run: string;
  explore: Explored;
  onClose: () => void;
}

/** A run by hand, from the line to its end. */
export function LiveRun({ run: id, explore, onClose }: Props) {
  const cache = useQueryClient();
  const { data: run, error } = useQuery(oneRun(id));
  const ended = run !== undefined && !goesOn(run.status);
  useEffect(() => {
    if (!ended) return;
    void cache.invalidateQueries({ queryKey: ["runs", "list"] });
    void cache.invalidateQueries({ queryKey: ["runs", "latest"] });
  }, [ended, cache]);
  if (!run) return error ? <Problem error={error} /> : null;
  const { figures, reason } = run;
  const took = run.started_at != null && run.finished_at != null ? Date.parse(run.finished_at) - Date.parse(run.started_at) : undefined;
  return (
    <Paper withBorder p="md" component="section" aria-label="The run by hand">
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Group gap="sm" role="status">
            <RunBadge status={run.status} />
            <Text size="sm">
              {count(figures.rows_read ?? 0)} rows read → {count(figures.points_written ?? 0)} points written
              {(figures.rejected ?? 0) > 0 && `, ${count(figures.rejected ?? 0)} rejected`}
              {(figures.rows_skipped ?? 0) > 0 && `, ${count(figures.rows_skipped ?? 0)} skipped`}
              {took !== undefined && ` in ${duration(took)}`}
            </Text>
          </Group>
          {ended && <CloseButton aria-label="Close" onClick={onClose} />}
        </Group>
        {!ended && <Progress value={100} animated aria-label="The run goes on" />}
        {reason != null && (
          <Text size="sm" className="wrap">
            {sentences(reason.message, reason.advice)}
          </Text>
        )}
        <Group gap="sm">
          <Anchor size="sm" renderRoot={(rest) => <Link to="/runs/$run" params={{ run: id }} {...rest} />}>
            The whole run
          </Anchor>
          {ended && (run.status === "succeeded" || run.status === "partial") && explore && (
            <Button size="xs" leftSection={<IconChartLine size={14} aria-hidden />} renderRoot={(rest) => <Link to="/explore" search={explore} {...rest} />}>
              See the points in Explore
            </Button>
          )}
          {!ended && (
            <Button size="xs" variant="default" onClick={() => cancelRun(id).catch(showProblem)}>
              Stop it
            </Button>
          )}
        </Group>
      </Stack>
    </Paper>
  );
}
