// The series of a group in the order in which they run: moved by dragging, or with buttons.

import { ActionIcon, Anchor, Button, Group as Row, Select, Stack, Text, Tooltip, VisuallyHidden } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconGripVertical, IconPlus, IconX } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type Group, groupList } from "../../api/groups";
import { lastPlace, lastRuns, membersOf, type Series, seriesList } from "../../api/series";
import { moved } from "../../lib/order";
import { showProblem } from "../../ui/form";
import { Problem } from "../../ui/Problem";
import { RunBadge } from "../../ui/RunBadge";
import { Section } from "../../ui/Section";
import { StateBadge } from "../../ui/StateBadge";
import { groupsChanged, placeSeries } from "./data";
import "./groups.css";

export function Members({ group }: { group: Group }) {
  const cache = useQueryClient();
  const series = useQuery(seriesList);
  const runs = useQuery(lastRuns);
  const [said, setSaid] = useState("");
  const [dragged, setDragged] = useState<string>();
  const [over, setOver] = useState<{ id: string; side: "before" | "after" }>();
  const members = membersOf(group.id, series.data ?? []);

  const order = useMutation({
    // One after another: each begins from the order that the one before left.
    scope: { id: `members ${group.id}` },
    mutationFn: async (wanted: { id: string; position: number }[]) => {
      for (const { id, position } of wanted) await placeSeries(id, { position });
    },
    onError: (error) => {
      showProblem(error);
      void groupsChanged(cache);
    },
    onSuccess: () => {
      if (cache.isMutating({ mutationKey: ["members", group.id] }) <= 1) void groupsChanged(cache);
    },
    mutationKey: ["members", group.id],
  });
  const place = useMutation({
    mutationFn: ({ id, ...patch }: { id: string; group_id: string | null; position?: number }) => placeSeries(id, patch),
    onError: showProblem,
    onSettled: () => groupsChanged(cache),
  });

  const move = (from: number, to: number) => {
    const one = members[from];
    if (!one || to < 0 || to >= members.length || from === to) return;
    const next = moved(members, from, to);
    const changed = next.flatMap((member, position) => (member.position === position ? [] : [{ id: member.id, position }]));
    // At once on the page; what is asked for meanwhile would bring the old order back.
    void cache.cancelQueries({ queryKey: seriesList.queryKey, exact: true });
    const places = new Map(changed.map(({ id, position }) => [id, position]));
    cache.setQueryData(seriesList.queryKey, (all) => all?.map((any) => (places.has(any.id) ? { ...any, position: places.get(any.id)! } : any)));
    order.mutate(changed);
    setSaid(`${one.name} is now ${to + 1} of ${members.length}`);
  };
  const drop = () => {
    const [from, target] = [members.findIndex(({ id }) => id === dragged), members.findIndex(({ id }) => id === over?.id)];
    setDragged(undefined);
    setOver(undefined);
    if (from < 0 || target < 0 || !over) return;
    const to = over.side === "before" ? target : target + 1;
    move(from, to > from ? to - 1 : to);
  };

  return (
    <Section title="Series" about="They run one after another, in this order.">
      {series.error && !series.data && <Problem error={series.error} retry={() => void series.refetch()} />}
      {series.data && members.length === 0 && (
        <Text size="sm" c="dimmed">
          No series belongs to it yet.
        </Text>
      )}
      {members.length > 0 && (
        <ol className="members" aria-label="Series of the group">
          {members.map((one, at) => (
            <li
              key={one.id}
              data-dragged={one.id === dragged || undefined}
              data-over={over?.id === one.id && dragged !== one.id ? over.side : undefined}
              draggable
              onDragStart={(event) => {
                event.dataTransfer.effectAllowed = "move";
                event.dataTransfer.setData("text/plain", one.name);
                setDragged(one.id);
              }}
              onDragOver={(event) => {
                if (dragged === undefined) return;
                event.preventDefault();
                const { top, height } = event.currentTarget.getBoundingClientRect();
                const side = event.clientY < top + height / 2 ? "before" : "after";
                if (over?.id !== one.id || over.side !== side) setOver({ id: one.id, side });
              }}
              onDrop={(event) => {
                event.preventDefault();
                drop();
              }}
              onDragEnd={() => {
                setDragged(undefined);
                setOver(undefined);
              }}
            >
              <span className="members-handle" aria-hidden>
                <IconGripVertical size={16} />
              </span>
              <span className="members-place">{at + 1}</span>
              <span className="members-name">
                <Anchor size="sm" fw={600} className="wrap" draggable={false} renderRoot={(rest) => <Link to="/series/$series" params={{ series: one.id }} {...rest} />}>
                  {one.name}
                </Anchor>
              </span>
              {one.enabled === false && <StateBadge tone="quiet">disabled</StateBadge>}
              <LastRun status={runs.data?.get(one.id)?.status} />
              <Row gap={4} wrap="nowrap">
                <Move label={`Move ${one.name} up`} icon={IconArrowUp} off={at === 0} onClick={() => move(at, at - 1)} />
                <Move label={`Move ${one.name} down`} icon={IconArrowDown} off={at === members.length - 1} onClick={() => move(at, at + 1)} />
                <Tooltip label="Take it out of the group">
                  <ActionIcon variant="subtle" color="gray" aria-label={`Take ${one.name} out of the group`} onClick={() => place.mutate({ id: one.id, group_id: null })}>
                    <IconX size={16} aria-hidden />
                  </ActionIcon>
                </Tooltip>
              </Row>
            </li>
          ))}
        </ol>
      )}
      <VisuallyHidden role="status">{said}</VisuallyHidden>
      {series.data && <Add group={group} series={series.data} busy={place.isPending} onAdd={(id) => place.mutate({ id, group_id: group.id, position: lastPlace(group.id, series.data) })} />}
    </Section>
  );
}

function LastRun({ status }: { status: React.ComponentProps<typeof RunBadge>["status"] | undefined }) {
  return status === undefined ? (
    <Text size="xs" c="dimmed">
      has not run
    </Text>
  ) : (
    <RunBadge status={status} />
  );
}

/** Stays in the order of the Tab key at the ends, so that the focus is not lost there. */
function Move({ label, icon: Picture, off, onClick }: { label: string; icon: typeof IconArrowUp; off: boolean; onClick: () => void }) {
  return (
    <ActionIcon variant="default" aria-label={label} aria-disabled={off} data-disabled={off || undefined} onClick={off ? (event) => event.preventDefault() : onClick}>
      <Picture size={16} aria-hidden />
    </ActionIcon>
  );
}

function Add({ group, series, busy, onAdd }: { group: Group; series: Series[]; busy: boolean; onAdd: (id: string) => void }) {
  const { data: groups } = useQuery(groupList);
  const [chosen, setChosen] = useState<string | null>(null);
  const names = new Map(groups?.map(({ id, name }) => [id, name]));
  const others = series.filter((one) => one.group_id !== group.id);
  return (
    <Stack gap={4}>
      <Row gap="xs" align="flex-end">
        {others.length > 0 && (
          <>
            <Select
              label="Add a series that exists"
              placeholder="Choose a series"
              searchable
              clearable
              limit={100}
              nothingFoundMessage="No series is called that"
              data={others.map(({ id, name, group_id }) => ({ value: id, label: group_id == null ? name : `${name} (now in ${names.get(group_id) ?? "another group"})` }))}
              value={chosen}
              onChange={setChosen}
              style={{ flex: "1 1 220px", maxWidth: 420 }}
            />
            <Button
              variant="default"
              loading={busy}
              disabled={chosen === null}
              onClick={() => {
                if (chosen === null) return;
                onAdd(chosen);
                setChosen(null);
              }}
            >
              Add
            </Button>
          </>
        )}
        <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} renderRoot={(rest) => <Link to="/series/new" search={{ group: group.id }} {...rest} />}>
          Make a new one
        </Button>
      </Row>
    </Stack>
  );
}
