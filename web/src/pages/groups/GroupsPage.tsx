import { Anchor, Button, Stack, Text } from "@mantine/core";
import { IconClock, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { type Group, groupList, wordsOf } from "../../api/groups";
import { seriesList } from "../../api/series";
import { count } from "../../lib/format";
import { sortingOf, sortOf } from "../../lib/listSearch";
import { type Columns, DataTable, NARROW_PX } from "../../ui/DataTable";
import { Empty } from "../../ui/Empty";
import { Loading } from "../../ui/Loading";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { StateBadge } from "../../ui/StateBadge";
import { useStore } from "../../ui/store";
import { leaving } from "../../ui/undo";
import { When } from "../../ui/When";

interface Row {
  group: Group;
  members: number;
}

const COLUMNS: Columns<Row> = [
  {
    id: "name",
    header: "Name",
    accessorFn: ({ group }) => group.name,
    enableHiding: false,
    meta: { share: "30%" },
    cell: ({ row: { original }, table }) => (table.options.meta?.isNarrow === true ? <Card row={original} /> : <Name of={original.group} />),
  },
  {
    id: "schedule",
    header: "Schedule",
    accessorFn: ({ group }) => wordsOf(group.words),
    meta: { from: NARROW_PX },
    cell: ({ row: { original: { group } }, getValue }) => <span title={"cron" in group.schedule ? group.schedule.cron : undefined}>{String(getValue())}</span>,
  },
  { id: "zone", header: "Time zone", accessorFn: ({ group }) => ("cron" in group.schedule ? (group.time_zone ?? "UTC") : ""), meta: { from: 900 } },
  {
    id: "next",
    header: "Next slot",
    accessorFn: ({ group }) => group.next_slot_at ?? "",
    enableGlobalFilter: false,
    meta: { from: NARROW_PX },
    cell: ({ row: { original: { group } } }) => <NextSlot of={group} />,
  },
  { id: "members", header: "Series", accessorKey: "members", enableGlobalFilter: false, meta: { from: 900 }, cell: ({ getValue }) => count(Number(getValue())) },
  {
    id: "enabled",
    header: "Enabled",
    accessorFn: ({ group }) => (group.enabled === false ? "disabled" : "enabled"),
    meta: { from: 900 },
    cell: ({ row: { original: { group } } }) => <Enabled of={group} />,
  },
];

function Name({ of: group, wraps = false }: { of: Group; wraps?: boolean }) {
  return (
    <Anchor
      fw={600}
      size="sm"
      className={wraps ? "wrap" : "shortened"}
      title={group.name}
      renderRoot={(rest) => <Link to="/groups/$group" params={{ group: group.id }} {...rest} />}
      onClick={(event) => event.stopPropagation()}
    >
      {group.name}
    </Anchor>
  );
}

function NextSlot({ of: group }: { of: Group }) {
  if (group.next_slot_at != null) return <When at={group.next_slot_at} />;
  return (
    <Text span inherit c="dimmed">
      none
    </Text>
  );
}

function Enabled({ of: group }: { of: Group }) {
  return group.enabled === false ? <StateBadge tone="quiet">disabled</StateBadge> : <StateBadge tone="good">enabled</StateBadge>;
}

/** Everything of a row that a narrow window has room for. */
function Card({ row: { group, members } }: { row: Row }) {
  return (
    <Stack gap={4} className="card">
      <Name of={group} wraps />
      <div>
        <Enabled of={group} />
      </div>
      <Text size="xs" component="div">
        {wordsOf(group.words)} · {count(members)} series · next slot: <NextSlot of={group} />
      </Text>
    </Stack>
  );
}

/** Every group: its schedule, and when it runs next. */
export function GroupsPage() {
  const { q, sort } = useSearch({ from: "/groups" });
  const navigate = useNavigate({ from: "/groups" });
  const groups = useQuery(groupList);
  const { data: series } = useQuery(seriesList);
  const gone = useStore(leaving);
  const rows = useMemo(() => {
    const members = new Map<string, number>();
    for (const { group_id: group } of series ?? []) if (group != null) members.set(group, (members.get(group) ?? 0) + 1);
    return groups.data?.filter(({ id }) => !gone.has(id)).map((group): Row => ({ group, members: members.get(group.id) ?? 0 }));
  }, [groups.data, series, gone]);
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} renderRoot={(rest) => <Link to="/groups/new" {...rest} />}>
      Make a group
    </Button>
  );
  return (
    <>
      <PageHead title="Groups" about="Schedules, and the series that run on them." actions={rows?.length ? add : undefined} />
      {groups.error && !groups.data && <Problem error={groups.error} retry={() => void groups.refetch()} />}
      {groups.isPending && <Loading />}
      {rows?.length === 0 && (
        <Empty icon={IconClock} title="No group yet" actions={add}>
          A group is a schedule, such as every 5 minutes or every morning at 7. Its series run one after another; groups run side by side.
        </Empty>
      )}
      {rows !== undefined && rows.length > 0 && (
        <DataTable
          label="groups"
          rows={rows}
          columns={COLUMNS}
          id={({ group: { id } }) => id}
          onOpen={({ group: { id } }) => void navigate({ to: "/groups/$group", params: { group: id } })}
          search={q ?? ""}
          onSearch={(text) => void navigate({ search: (now) => ({ ...now, q: text === "" ? undefined : text }), replace: true })}
          sorting={sortingOf(sort)}
          onSorting={(sorting) => void navigate({ search: (now) => ({ ...now, sort: sortOf(sorting) }), replace: true })}
          onRefresh={() => void groups.refetch()}
          refreshing={groups.isFetching && groups.isPending}
        />
      )}
    </>
  );
}
