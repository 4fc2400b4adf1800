import { Alert, Anchor, Button, Stack, Switch, Table, Text } from "@mantine/core";
import { IconClockExclamation, IconEdit, IconPlayerPlay } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { type Group, groupForecast, oneGroup, wordsOf } from "../../api/groups";
import { type Run, runPage } from "../../api/runs";
import { count, duration, instant } from "../../lib/format";
import { averageSlotMs, shortestGapMs } from "../../lib/pace";
import { CopyAs } from "../../ui/CopyAs";
import { showProblem } from "../../ui/form";
import { Loading } from "../../ui/Loading";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { RunBadge } from "../../ui/RunBadge";
import { Section } from "../../ui/Section";
import { StateBadge } from "../../ui/StateBadge";
import { When } from "../../ui/When";
import { groupsChanged, lastSlots, patchGroup, runGroup, type Slot } from "./data";
import { DeleteGroup } from "./DeleteGroup";
import { draftOf, recipesOf, specOf } from "./draft";
import { ForecastPart } from "./ForecastPart";
import { GroupRuns } from "./GroupRuns";
import { Members } from "./Members";
import "../../ui/stacks.css";

export function GroupPage() {
  const { group: reference } = useParams({ from: "/groups/$group" });
  const { data: group, error, refetch } = useQuery(oneGroup(reference));
  if (error && !group) {
    return (
      <>
        <PageHead title="Group" />
        <Problem error={error} retry={() => void refetch()} />
      </>
    );
  }
  return group ? <OneGroup key={group.id} group={group} /> : <Loading />;
}

function OneGroup({ group }: { group: Group }) {
  const cache = useQueryClient();
  const [runs, setRuns] = useState<Run[]>();
  const start = useMutation({
    mutationFn: () => runGroup(group.id),
    onSuccess: (begun) => {
      setRuns(begun);
      void cache.invalidateQueries({ queryKey: ["runs", "list"] });
    },
    onError: showProblem,
  });
  const enable = useMutation({
    mutationFn: (enabled: boolean) => patchGroup(group, { enabled }),
    onError: showProblem,
    onSettled: () => groupsChanged(cache),
  });
  const enabled = enable.isPending ? enable.variables : group.enabled !== false;
  return (
    <>
      <PageHead
        title={group.name}
        about={`${wordsOf(group.words)} · ${group.time_zone ?? "UTC"}`}
        actions={
          <>
            <Button aria-keyshortcuts="r" leftSection={<IconPlayerPlay size={16} aria-hidden />} loading={start.isPending} onClick={() => start.mutate()}>
              Run now
            </Button>
            <Button
              variant="default"
              leftSection={<IconEdit size={16} aria-hidden />}
              aria-keyshortcuts="e"
              renderRoot={(rest) => <Link to="/groups/$group/edit" params={{ group: group.id }} {...rest} />}
            >
              Edit
            </Button>
            <CopyAs recipes={recipesOf(draftOf(group))} />
            <DeleteGroup group={group} />
          </>
        }
      />
      <Stack>
        <Switch
          label="Enabled"
          description={enabled ? "Its series run at each slot" : "It has no slots; it can still be run by hand"}
          checked={enabled}
          onChange={(event) => enable.mutate(event.currentTarget.checked)}
        />
        {runs && <GroupRuns runs={runs} onClose={() => setRuns(undefined)} />}
        <Members group={group} />
        <Next group={group} enabled={enabled} />
        <Slots group={group} />
      </Stack>
    </>
  );
}

const FIRES = 5;

function Next({ group, enabled }: { group: Group; enabled: boolean }) {
  const { data, error, isFetching } = useQuery({ ...groupForecast(group.id, FIRES), refetchInterval: 10_000 });
  const { data: runs } = useQuery(runPage({ group: group.id, limit: 100 }));
  const [took, gap] = [averageSlotMs(runs ?? []), shortestGapMs(data?.slots ?? [])];
  const spec = specOf(draftOf(group));
  const { overlap, missed } = spec;
  return (
    <Section title="When it runs" about={enabled ? undefined : "It is disabled: these would be its slots."}>
      {error && !data ? <Problem error={error} /> : <ForecastPart spec={spec} forecast={data} loading={isFetching && !data} stale={false} />}
      {took !== undefined && gap !== undefined && took > gap * 0.8 && (
        <Alert color="yellow" icon={<IconClockExclamation aria-hidden />} title={took > gap ? "Its runs take longer than the time between its slots" : "Its runs hardly fit between its slots"}>
          The runs of a slot take {duration(took)} on average, and slots are {duration(gap)} apart.{" "}
          {overlap === "queue_one" ? "A slot that comes meanwhile waits, and further ones are skipped." : "A slot that comes meanwhile is skipped."}
        </Alert>
      )}
      <Text size="sm" c="dimmed">
        A slot that meets an earlier one {overlap === "queue_one" ? "waits for it" : "is skipped"}.{" "}
        {missed === "skip"
          ? "Slots that passed while no server ran are recorded as missed."
          : missed === "latest" || missed === undefined
            ? "Of the slots that passed while no server ran, the latest runs late."
            : `Of the slots that passed while no server ran, the latest ${count(missed.all)} run late.`}
      </Text>
    </Section>
  );
}

const SLOTS = 8;

function Slots({ group }: { group: Group }) {
  const { data: slots, error, refetch } = useQuery(lastSlots(group.id, SLOTS));
  const hasReasons = slots?.some(({ reason }) => reason) ?? false;
  return (
    <Section
      title="Last slots"
      actions={
        <Anchor size="sm" renderRoot={(rest) => <Link to="/runs" search={{ group: group.id }} {...rest} />}>
          All runs
        </Anchor>
      }
    >
      {error && !slots && <Problem error={error} retry={() => void refetch()} />}
      {!slots && !error && <Loading lines={2} />}
      {slots?.length === 0 && (
        <Text size="sm" c="dimmed">
          No slot has come yet.
        </Text>
      )}
      {slots !== undefined && slots.length > 0 && (
        <div className="scrolls" tabIndex={0} role="region" aria-label="Last slots">
          <Table aria-label="Last slots" role="table" className="stacks" verticalSpacing={6}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Outcome</Table.Th>
                <Table.Th>Slot</Table.Th>
                {hasReasons && <Table.Th>Reason</Table.Th>}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {slots.map((slot) => (
                <Table.Tr key={slot.slot} role="row">
                  <Table.Td role="cell">
                    <Outcome slot={slot} />
                  </Table.Td>
                  <Table.Td role="cell" style={{ whiteSpace: "nowrap" }}>
                    {instant(slot.slot)}
                    {slot.slots > 1 && ` to ${instant(slot.last_slot)}, ${count(slot.slots)} slots`}{" "}
                    <Text span size="xs" c="dimmed">
                      <When at={slot.slot} />
                    </Text>
                  </Table.Td>
                  {hasReasons && <Table.Td role="cell">{slot.reason}</Table.Td>}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </Section>
  );
}

function Outcome({ slot }: { slot: Slot }) {
  return slot.outcome === "open" ? <StateBadge tone="busy">open</StateBadge> : <RunBadge status={slot.outcome} />;
}
