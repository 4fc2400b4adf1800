// The runs of the same series before and around this one, and every try of its slot.

import { Paper, Skeleton, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { lengthOf, type Run, runPage } from "../../api/runs";
import { count, duration, instant } from "../../lib/format";
import { barLook } from "../../ui/RunBadge";
import { Sparkline } from "../../ui/Sparkline";
import { RunTable } from "./RunTable";

const BARS = 40;

/** Every try of the slot, when there is more than one. */
export function SlotRuns({ run }: { run: Run }) {
  const tries = useQuery(runPage({ series: run.series_id, slot: run.slot, limit: 20 })).data ?? [];
  if (tries.length < 2) return null;
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4" mb="xs">
        All runs of this slot
      </Title>
      <RunTable runs={tries} label="All runs of this slot" without="series" current={run.id} />
    </Paper>
  );
}

/** How many rows the series' runs read up to this one: what wrote nothing is hollow. */
export function SeriesRuns({ run }: { run: Run }) {
  const navigate = useNavigate();
  const page = useQuery({ ...runPage({ series: run.series_id, before: run.id, limit: BARS - 1 }), placeholderData: undefined });
  const now = Date.now();
  const runs = [run, ...(page.data ?? [])].reverse();
  const bars = runs.map((one) => {
    const rows = one.figures.rows_read ?? 0;
    const length = lengthOf(one, now);
    const took = length === undefined ? "" : `, ${duration(length)}`;
    return { id: one.id, value: rows, label: `${instant(one.slot)}: ${count(rows)} rows, ${one.status}${took}`, look: barLook(one.status) };
  });
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4" mb={4}>
        Runs of the series up to this one
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        Rows read, oldest first. Hollow: nothing written; a cross: failed; striped: with rejects.
      </Text>
      {page.isPending ? (
        <Skeleton height={44} />
      ) : (
        <Sparkline
          bars={bars}
          label={runs.length === 1 ? "Rows of this run" : `Rows of the last ${runs.length} runs`}
          current={run.id}
          onOpen={(picked) => void navigate({ to: "/runs/$run", params: { run: picked } })}
        />
      )}
    </Paper>
  );
}
