// Every Kapacitor of every connection.

import { Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { IconBolt, IconPlugConnected } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { connectionList } from "../../api/connections";
import { type Kapacitor, kapacitorList } from "../../api/kapacitors";
import { sortingOf, sortOf } from "../../lib/listSearch";
import { type Columns, DataTable, NARROW_PX } from "../../ui/DataTable";
import { Empty } from "../../ui/Empty";
import { Loading } from "../../ui/Loading";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { OriginBadge } from "../../ui/StateBadge";
import { useStore } from "../../ui/store";
import { leaving } from "../../ui/undo";
import { placeOf } from "./draft";
import { ActiveBadge, KapacitorState } from "./KapacitorState";

interface Row {
  kapacitor: Kapacitor;
  connection: string;
}

const columns: Columns<Row> = [
  {
    id: "name",
    header: "Name",
    accessorFn: ({ kapacitor }) => kapacitor.name,
    enableHiding: false,
    meta: { share: "30%" },
    cell: ({ row: { original }, table }) => (table.options.meta?.isNarrow === true ? <Card row={original} /> : <Name row={original} />),
  },
  {
    id: "state",
    header: "State",
    accessorFn: ({ kapacitor }) => kapacitor.state,
    meta: { from: NARROW_PX },
    cell: ({ row: { original } }) => <KapacitorState of={original.kapacitor} />,
  },
  {
    id: "connection",
    header: "Connection",
    accessorFn: ({ connection }) => connection,
    meta: { from: NARROW_PX, share: "22%" },
    cell: ({ row: { original } }) => <Of row={original} />,
  },
  {
    id: "where",
    header: "Where",
    accessorFn: ({ kapacitor }) => placeOf(kapacitor),
    meta: { from: NARROW_PX, share: "28%" },
    cell: ({ getValue }) => (
      <span className="mono" title={String(getValue())}>
        {String(getValue())}
      </span>
    ),
  },
  {
    id: "origin",
    header: "Defined by",
    accessorFn: ({ kapacitor }) => kapacitor.origin ?? "",
    // The name tells it of those that people did not make.
    meta: { from: Number.POSITIVE_INFINITY },
    cell: ({ row: { original } }) => (original.kapacitor.origin == null ? "people" : <OriginBadge origin={original.kapacitor.origin} />),
  },
];

function Name({ row, wraps = false }: { row: Row; wraps?: boolean }) {
  const { kapacitor } = row;
  return (
    <Group gap="xs" wrap={wraps ? "wrap" : "nowrap"}>
      <Anchor
        size="sm"
        fw={600}
        className={wraps ? "wrap" : "shortened"}
        title={kapacitor.name}
        renderRoot={(rest) => <Link to="/connections/$connection/kapacitors/$kapacitor" params={pathOf(row)} {...rest} />}
        onClick={(event) => event.stopPropagation()}
      >
        {kapacitor.name}
      </Anchor>
      {kapacitor.active && <ActiveBadge />}
      <OriginBadge origin={kapacitor.origin} />
    </Group>
  );
}

/** The connection that it belongs to. */
function Of({ row: { kapacitor, connection } }: { row: Row }) {
  return (
    <Anchor
      size="sm"
      renderRoot={(rest) => <Link to="/connections/$connection" params={{ connection: kapacitor.connection_id }} {...rest} />}
      onClick={(event) => event.stopPropagation()}
    >
      {connection}
    </Anchor>
  );
}

/** Everything of a row that a narrow window has room for. */
function Card({ row }: { row: Row }) {
  return (
    <Stack gap={4} className="card">
      <Name row={row} wraps />
      <Group gap="xs">
        <KapacitorState of={row.kapacitor} />
        <Text size="xs">
          of <Of row={row} />
        </Text>
      </Group>
      <Text size="xs" className="mono">
        {placeOf(row.kapacitor)}
      </Text>
    </Stack>
  );
}

function pathOf({ kapacitor: { id, connection_id } }: Row) {
  return { connection: connection_id, kapacitor: id };
}

export function KapacitorsPage() {
  const { q = "", sort } = useSearch({ from: "/kapacitors" });
  const navigate = useNavigate({ from: "/kapacitors" });
  const kapacitors = useQuery(kapacitorList);
  const connections = useQuery(connectionList);
  const gone = useStore(leaving);
  const sorting = useMemo(() => sortingOf(sort), [sort]);
  const rows = useMemo(() => {
    const names = new Map(connections.data?.map(({ id, name }) => [id, name]));
    return kapacitors.data?.filter(({ id }) => !gone.has(id)).map((kapacitor): Row => ({ kapacitor, connection: names.get(kapacitor.connection_id) ?? "" }));
  }, [kapacitors.data, connections.data, gone]);
  return (
    <>
      <PageHead
        title="Kapacitors"
        about="Each belongs to a connection; at most one of them is active."
        actions={
          <Button variant="default" leftSection={<IconPlugConnected size={16} aria-hidden />} renderRoot={(rest) => <Link to="/connections" {...rest} />}>
            Connections
          </Button>
        }
      />
      {kapacitors.error !== null && <Problem error={kapacitors.error} retry={() => void kapacitors.refetch()} />}
      {rows === undefined && kapacitors.error === null && <Loading />}
      {rows?.length === 0 && (
        <Empty
          icon={IconBolt}
          title="No Kapacitor yet"
          actions={<Button renderRoot={(rest) => <Link to="/connections" {...rest} />}>Choose a connection</Button>}
        >
          A Kapacitor processes what a connection receives and sends alerts. Open the connection that it belongs to and add it there.
        </Empty>
      )}
      {rows !== undefined && rows.length > 0 && (
        <DataTable
          label="Kapacitors"
          rows={rows}
          columns={columns}
          id={({ kapacitor }) => kapacitor.id}
          nameOf={({ kapacitor }) => kapacitor.name}
          onOpen={(row) => void navigate({ to: "/connections/$connection/kapacitors/$kapacitor", params: pathOf(row) })}
          search={q}
          onSearch={(text) => void navigate({ search: (now) => ({ ...now, q: text === "" ? undefined : text }), replace: true })}
          sorting={sorting}
          onSorting={(wanted) => void navigate({ search: (now) => ({ ...now, sort: sortOf(wanted) }), replace: true })}
          onRefresh={() => void kapacitors.refetch()}
          refreshing={kapacitors.isFetching}
        />
      )}
    </>
  );
}
