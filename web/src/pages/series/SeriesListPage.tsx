import { Anchor, Button, Stack, Text } from "@mantine/core";
import { IconChartLine, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { connectionList } from "../../api/connections";
import { groupList } from "../../api/groups";
import { queryList } from "../../api/queries";
import type { Run } from "../../api/runs";
import { lastRuns, type Series, seriesList } from "../../api/series";
import { sortingOf, sortOf } from "../../lib/listSearch";
import { lengthWords } from "../../lib/zones";
import { type Columns, DataTable, NARROW_PX } from "../../ui/DataTable";
import { Empty } from "../../ui/Empty";
import { Loading } from "../../ui/Loading";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { RunBadge } from "../../ui/RunBadge";
import { StateBadge } from "../../ui/StateBadge";
import { useStore } from "../../ui/store";
import { leaving } from "../../ui/undo";
import { When } from "../../ui/When";

interface Row {
  series: Series;
  query: string;
  connection: string;
  measurement: string;
  mode: string;
  group: string;
  enabled: boolean;
  run: Run | undefined;
}

const COLUMNS: Columns<Row> = [
  {
    id: "name",
    header: "Name",
    accessorFn: ({ series }) => series.name,
    enableHiding: false,
    meta: { share: "34%" },
    cell: ({ row: { original }, table }) => (table.options.meta?.isNarrow === true ? <Card row={original} /> : <Name of={original.series} />),
  },
  {
    id: "run",
    header: "Last run",
    accessorFn: ({ run }) => run?.status ?? "",
    meta: { from: NARROW_PX },
    cell: ({ row: { original: { run } } }) => <LastRun run={run} />,
  },
  { id: "group", header: "Group", accessorKey: "group", meta: { from: NARROW_PX }, cell: ({ getValue }) => String(getValue()) || <Text span size="sm" c="dimmed">by hand</Text> },
  { id: "connection", header: "Connection", accessorKey: "connection", meta: { from: 900, share: "14%" } },
  { id: "measurement", header: "Measurement", accessorKey: "measurement", meta: { from: 900, share: "18%" }, cell: ({ getValue }) => <span className="mono">{String(getValue())}</span> },
  { id: "mode", header: "Mode", accessorKey: "mode", meta: { from: 1_440 } },
  {
    id: "enabled",
    header: "Enabled",
    accessorFn: ({ enabled }) => (enabled ? "enabled" : "disabled"),
    meta: { from: 900 },
    cell: ({ getValue }) => <StateBadge tone={getValue() === "enabled" ? "good" : "quiet"}>{String(getValue())}</StateBadge>,
  },
  { id: "query", header: "Query", accessorKey: "query", meta: { from: Number.POSITIVE_INFINITY } },
];

function Name({ of: series, wraps = false }: { of: Series; wraps?: boolean }) {
  return (
    <Anchor
      fw={600}
      size="sm"
      className={wraps ? "wrap" : "shortened"}
      title={series.name}
      renderRoot={(rest) => <Link to="/series/$series" params={{ series: series.id }} {...rest} />}
      onClick={(event) => event.stopPropagation()}
    >
      {series.name}
    </Anchor>
  );
}

function LastRun({ run }: { run: Run | undefined }) {
  if (!run) {
    return (
      <Text span size="sm" c="dimmed">
        not yet
      </Text>
    );
  }
  return (
    <>
      <RunBadge status={run.status} />{" "}
      <Text span size="xs" c="dimmed">
        <When at={run.finished_at ?? run.queued_at} />
      </Text>
    </>
  );
}

/** Everything of a row that a narrow window has room for. */
function Card({ row: { series, run, group, connection, measurement, enabled } }: { row: Row }) {
  return (
    <Stack gap={4} className="card">
      <Name of={series} wraps />
      <div>
        <LastRun run={run} />
      </div>
      <Text size="xs">
        {group === "" ? "by hand" : group}
        {!enabled && " · disabled"} · to {connection}, <span className="mono">{measurement}</span>
      </Text>
    </Stack>
  );
}

/** Every series, and how its last run went. */
export function SeriesListPage() {
  const { q, sort } = useSearch({ from: "/series" });
  const navigate = useNavigate({ from: "/series" });
  const series = useQuery(seriesList);
  const runs = useQuery(lastRuns);
  const { data: queries } = useQuery(queryList);
  const { data: connections } = useQuery(connectionList);
  const { data: groups } = useQuery(groupList);
  const gone = useStore(leaving);
  const rows = useMemo(() => {
    const named = (list: { id: string; name: string }[] | undefined) => new Map(list?.map(({ id, name }) => [id, name]));
    const [queryNames, connectionNames, groupNames] = [named(queries), named(connections), named(groups)];
    return series.data
      ?.filter(({ id }) => !gone.has(id))
      .map((one): Row => ({
        series: one,
        query: queryNames.get(one.query_id) ?? "",
        connection: connectionNames.get(one.connection_id) ?? "",
        measurement: "name" in one.mapping.measurement ? one.mapping.measurement.name : `from ${one.mapping.measurement.column}`,
        mode: modeWords(one),
        group: groupNames.get(one.group_id ?? "") ?? "",
        enabled: one.enabled !== false,
        run: runs.data?.get(one.id),
      }));
  }, [series.data, runs.data, queries, connections, groups, gone]);
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} renderRoot={(rest) => <Link to="/series/new" {...rest} />}>
      Make a series
    </Button>
  );
  return (
    <>
      <PageHead title="Series" about="Queries whose rows become points, and how their last runs went." actions={rows?.length ? add : undefined} />
      {series.error && <Problem error={series.error} retry={() => void series.refetch()} />}
      {series.isPending && <Loading />}
      {rows?.length === 0 && (
        <Empty icon={IconChartLine} title="No series yet" actions={add}>
          A series reads a query and writes its rows to an InfluxDB. You see the rows, click what each column is, and watch the points come out before anything is written.
        </Empty>
      )}
      {rows !== undefined && rows.length > 0 && (
        <DataTable
          label="series"
          rows={rows}
          columns={COLUMNS}
          id={({ series: { id } }) => id}
          onOpen={({ series: { id } }) => void navigate({ to: "/series/$series", params: { series: id } })}
          search={q ?? ""}
          onSearch={(text) => void navigate({ search: (now) => ({ ...now, q: text === "" ? undefined : text }), replace: true })}
          sorting={sortingOf(sort)}
          onSorting={(sorting) => void navigate({ search: (now) => ({ ...now, sort: sortOf(sorting) }), replace: true })}
          onRefresh={() => {
            void series.refetch();
            void runs.refetch();
          }}
          refreshing={series.isFetching}
        />
      )}
    </>
  );
}

function modeWords({ mode }: Series): string {
  if (mode.mode === "snapshot") return "snapshot";
  if (mode.mode === "incremental") return `only new rows, by ${mode.cursor}`;
  return mode.length_s == null ? "window" : `window, ${lengthWords(mode.length_s)}`;
}
