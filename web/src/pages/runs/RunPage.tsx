// One run: what it stood for, where its time went, what it did and why it ended as it did.

import { Alert, Anchor, Button, Code, Group, Menu, Skeleton, Stack, Text } from "@mantine/core";
import { useInterval } from "@mantine/hooks";
import { IconAlertTriangle, IconChevronDown, IconHistory, IconInfoCircle, IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { Refusal, type Schemas } from "../../api/client";
import { connectionList } from "../../api/connections";
import { groupList } from "../../api/groups";
import { cancelRun, goesOn, oneRun, type Run, runSeries } from "../../api/runs";
import { instant, sentence } from "../../lib/format";
import { PageHead } from "../../ui/PageHead";
import { Problem, told } from "../../ui/Problem";
import { RunBadge } from "../../ui/RunBadge";
import { StateBadge } from "../../ui/StateBadge";
import { showDone } from "../../ui/form";
import { NothingHere } from "../../ui/NothingHere";
import { notifications } from "@mantine/notifications";
import { SeriesRuns, SlotRuns } from "./EarlierRuns";
import { Phases } from "./Phases";
import { RunFacts, RunFigures } from "./RunFacts";
import { RunLog } from "./RunLog";
import { RunRejects } from "./RunRejects";
import { RunStretch } from "./RunStretch";

export function RunPage() {
  const { run: id } = useParams({ from: "/runs/$run" });
  const found = useQuery(oneRun(id));
  if (found.isError && found.data === undefined) {
    if (found.error instanceof Refusal && found.error.status === 404) return <NothingHere />;
    return <Problem error={found.error} retry={() => void found.refetch()} />;
  }
  if (found.data === undefined) return <Skeleton height={240} aria-label="Loading the run" role="status" />;
  return <Shown key={id} run={found.data} />;
}

function Shown({ run }: { run: Schemas["RunWithLog"] }) {
  const open = goesOn(run.status);
  const [now, setNow] = useState(() => Date.now());
  useInterval(() => setNow(Date.now()), 1_000, { autoInvoke: open });
  const group = useQuery(groupList).data?.find((one) => one.id === run.group_id)?.name;
  const connections = useQuery(connectionList);
  const connection = connections.data?.find((one) => one.id === run.connection_id)?.name ?? (connections.isPending ? "…" : undefined);
  return (
    <>
      <PageHead
        title={run.series_name}
        badges={
          <>
            <span role="status">
              <RunBadge status={run.status} />
            </span>
            {run.frozen && open && (
              <StateBadge tone="quiet" why="Its lines are kept and wait for the connection: the database is not asked again, and what is written is what was read">
                frozen
              </StateBadge>
            )}
          </>
        }
        about={
          <>
            Run for the slot {instant(run.slot)} ·{" "}
            <Anchor size="sm" underline="always" renderRoot={(rest) => <Link to="/runs" search={{ series: run.series_id }} {...rest} />}>
              all runs of the series
            </Anchor>
          </>
        }
        actions={<Actions run={run} />}
      />
      <Stack gap="md">
        {run.reason != null && <Reason run={run} reason={run.reason} />}
        <div className="two-columns">
          <RunFacts run={run} names={{ group, connection }} />
          <Stack gap="md">
            <Phases run={run} now={now} />
            <RunFigures run={run} />
          </Stack>
        </div>
        {run.stretch != null && <RunStretch stretch={run.stretch} />}
        {(run.figures.rejected ?? 0) > 0 && <RunRejects run={run.id} rejected={run.figures.rejected ?? 0} />}
        <RunLog run={run} />
        <SlotRuns run={run} />
        <SeriesRuns run={run} />
      </Stack>
    </>
  );
}

function Reason({ run, reason }: { run: Run; reason: Schemas["Reason"] }) {
  const isBad = run.status === "failed" || run.status === "abandoned";
  const Mark = isBad ? IconAlertTriangle : IconInfoCircle;
  return (
    <Alert color={isBad ? "red" : run.status === "partial" || run.status === "missed" ? "yellow" : "gray"} icon={<Mark aria-hidden />} title={run.status === "queued" ? "What it waits for" : "Why"}>
      <Stack gap={6} align="flex-start">
        <Text size="sm" className="wrap">
          {sentence(reason.message)}
        </Text>
        {reason.advice !== "" && (
          <Text size="sm" fw={550} className="wrap">
            {sentence(reason.advice)}
          </Text>
        )}
        {reason.code != null && <Code>{reason.code}</Code>}
      </Stack>
    </Alert>
  );
}

function Actions({ run }: { run: Run }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const failed = (error: unknown) => {
    const { message, advice } = told(error);
    notifications.show({ color: "red", title: message, message: advice });
  };
  const again = useMutation({
    mutationFn: (slot: string | undefined) => runSeries(run.series_id, slot),
    onSuccess: (next) => {
      void queries.invalidateQueries({ queryKey: ["runs"] });
      showDone("The run is in line");
      void navigate({ to: "/runs/$run", params: { run: next.id } });
    },
    onError: failed,
  });
  const stop = useMutation({
    mutationFn: () => cancelRun(run.id),
    onSuccess: ({ status }) => {
      showDone(status === "running" ? "It was asked to stop" : `The run is ${status}`);
      void queries.invalidateQueries({ queryKey: ["runs"] });
    },
    onError: failed,
  });
  if (goesOn(run.status)) {
    return (
      <Button variant="default" color="red" leftSection={<IconPlayerStop size={16} aria-hidden />} loading={stop.isPending} onClick={() => stop.mutate()}>
        {run.status === "queued" ? "Cancel" : "Stop"}
      </Button>
    );
  }
  // A chunk is run again by its backfill, which knows its range.
  if (run.backfill_id != null) {
    const backfill = run.backfill_id;
    return (
      <Button variant="default" leftSection={<IconHistory size={16} aria-hidden />} renderRoot={(rest) => <Link to="/backfills/$backfill" params={{ backfill }} {...rest} />}>
        Open its backfill
      </Button>
    );
  }
  return (
    <Group gap={4} wrap="nowrap">
      <Button aria-keyshortcuts="r" leftSection={<IconPlayerPlay size={16} aria-hidden />} loading={again.isPending} onClick={() => again.mutate(run.stretch == null ? run.slot : undefined)}>
        Run again
      </Button>
      {/* Which rows are new does not depend on the slot. */}
      {run.stretch == null && (
        <Menu position="bottom-end" width={320}>
          <Menu.Target>
            <Button variant="default" px="xs" aria-label="Other ways to run it">
              <IconChevronDown size={16} aria-hidden />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => again.mutate(run.slot)}>
              <Text size="sm">Run this slot again</Text>
              <Text size="xs" c="dimmed">
                The same slot and window; its points replace those that are there
              </Text>
            </Menu.Item>
            <Menu.Item onClick={() => again.mutate(undefined)}>
              <Text size="sm">Run for the present second</Text>
              <Text size="xs" c="dimmed">
                A new slot, whatever this one was
              </Text>
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
    </Group>
  );
}
