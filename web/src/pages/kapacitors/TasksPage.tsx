// The tasks of a Kapacitor, to look at.

import { Anchor, Group, Stack, Text } from "@mantine/core";
import { IconListCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { oneKapacitor, type Task, tasksOf } from "../../api/kapacitors";
import { sortingOf, sortOf } from "../../lib/listSearch";
import { type Columns, DataTable, NARROW_PX } from "../../ui/DataTable";
import { Empty } from "../../ui/Empty";
import { Loading } from "../../ui/Loading";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { StateBadge } from "../../ui/StateBadge";
import { When } from "../../ui/When";

const HERE = "/connections/$connection/kapacitors/$kapacitor/tasks";

const COLUMNS: Columns<Task> = [
  {
    id: "id",
    header: "Task",
    accessorKey: "id",
    enableHiding: false,
    meta: { share: "24%" },
    cell: ({ row: { original }, table }) => (table.options.meta?.isNarrow === true ? <Card of={original} /> : <Id of={original} />),
  },
  { id: "state", header: "State", accessorFn: stateWords, meta: { from: NARROW_PX }, cell: ({ row: { original } }) => <TaskState of={original} /> },
  { id: "type", header: "Type", accessorKey: "type", meta: { from: NARROW_PX } },
  { id: "reads", header: "Reads", accessorFn: readsWords, meta: { from: NARROW_PX, share: "22%" }, cell: ({ getValue }) => <span className="mono" title={String(getValue())}>{String(getValue())}</span> },
  { id: "error", header: "Error", accessorKey: "error", meta: { from: 900, share: "26%" }, cell: ({ row: { original: { error } } }) => <span title={error}>{error}</span> },
  {
    id: "enabled",
    header: "Last enabled",
    accessorFn: ({ last_enabled: at }) => at ?? "",
    enableGlobalFilter: false,
    meta: { from: 1_100 },
    cell: ({ row: { original: { last_enabled: at } } }) => (at == null ? "" : <When at={at} />),
  },
  {
    id: "modified",
    header: "Changed",
    accessorFn: ({ modified: at }) => at ?? "",
    enableGlobalFilter: false,
    meta: { from: Number.POSITIVE_INFINITY },
    cell: ({ row: { original: { modified: at } } }) => (at == null ? "" : <When at={at} />),
  },
];

function stateWords({ status, executing }: Task): string {
  if (status !== "enabled") return "Disabled";
  return executing ? "Executing" : "Not executing";
}

/** What it does at this moment, and why it does not. */
function TaskState({ of: task }: { of: Task }) {
  const words = stateWords(task);
  const why = task.error === "" ? undefined : task.error;
  if (words === "Executing") return <StateBadge tone={why === undefined ? "good" : "warning"} why={why}>{words}</StateBadge>;
  return words === "Disabled" ? <StateBadge tone="quiet" why={why}>{words}</StateBadge> : <StateBadge tone="bad" why={why ?? "Enabled, and it does not run"}>{words}</StateBadge>;
}

function readsWords({ reads }: Task): string {
  return reads.map(({ database, retention_policy: policy }) => `${database}.${policy}`).join(", ");
}

function Id({ of: { id } }: { of: Task }) {
  return (
    <Text size="sm" fw={600} className="shortened" title={id}>
      {id}
    </Text>
  );
}

/** Everything of a row that a narrow window has room for. */
function Card({ of: task }: { of: Task }) {
  return (
    <Stack gap={4} className="card">
      <Text size="sm" fw={600}>
        {task.id}
      </Text>
      <Group gap="xs">
        <TaskState of={task} />
        <Text size="xs">{task.type}</Text>
      </Group>
      <Text size="xs" className="mono">
        {readsWords(task)}
      </Text>
      {task.error !== "" && <Text size="xs">{task.error}</Text>}
      {task.last_enabled != null && (
        <Text size="xs" c="dimmed">
          Enabled <When at={task.last_enabled} />
        </Text>
      )}
    </Stack>
  );
}

export function TasksPage() {
  const of = useParams({ from: HERE });
  const { q = "", sort } = useSearch({ from: HERE });
  const navigate = useNavigate({ from: HERE });
  const kapacitor = useQuery(oneKapacitor(of.connection, of.kapacitor));
  const all = useQuery(tasksOf(of.connection, of.kapacitor));
  // Of more than it gives at once, the Kapacitor searches itself.
  const isCut = all.data?.truncated === true;
  const found = useQuery({ ...tasksOf(of.connection, of.kapacitor, q), enabled: isCut && q !== "", placeholderData: (before) => before });
  const asked = isCut && q !== "" ? found : all;
  const sorting = useMemo(() => sortingOf(sort), [sort]);
  const rows = asked.data?.items ?? all.data?.items;
  return (
    <>
      <PageHead
        title="Tasks"
        about={
          <>
            What runs in{" "}
            <Anchor inherit underline="always" renderRoot={(rest) => <Link to="/connections/$connection/kapacitors/$kapacitor" params={of} {...rest} />}>
              {kapacitor.data?.name ?? "this Kapacitor"}
            </Anchor>
            . They are made and changed by Kapacitor’s own command.
          </>
        }
      />
      {asked.error !== null && <Problem error={asked.error} retry={() => void asked.refetch()} />}
      {rows === undefined && asked.error === null && <Loading />}
      {rows?.length === 0 && q === "" && (
        <Empty icon={IconListCheck} title="No task yet">
          A task is a script that watches what arrives and raises alerts. Define one with <code>kapacitor define</code>.
        </Empty>
      )}
      {rows !== undefined && (rows.length > 0 || q !== "") && (
        <Stack gap="xs">
          <DataTable
            label="tasks"
            rows={rows}
            columns={COLUMNS}
            id={({ id }) => id}
            search={q}
            onSearch={(text) => void navigate({ search: (now) => ({ ...now, q: text === "" ? undefined : text }), replace: true })}
            sorting={sorting}
            onSorting={(wanted) => void navigate({ search: (now) => ({ ...now, sort: sortOf(wanted) }), replace: true })}
            onRefresh={() => void asked.refetch()}
            refreshing={asked.isFetching}
          />
          {asked.data?.truncated === true && (
            <Text size="sm" c="dimmed">
              There are more than these. The search finds the others by their names.
            </Text>
          )}
        </Stack>
      )}
    </>
  );
}
