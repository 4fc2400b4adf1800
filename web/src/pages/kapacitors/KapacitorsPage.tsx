// Every Kapacitor of every connection.

import { Anchor, Button, Group } from "@mantine/core";
import { IconBolt, IconPlugConnected } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { connectionList } from "../../api/connections";
import { type Kapacitor, kapacitorList } from "../../api/kapacitors";
import { sortingOf, sortOf } from "../../lib/listSearch";
import { type Columns, DataTable } from "../../ui/DataTable";
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
    cell: ({ row: { original } }) => (
      <Group gap="xs" wrap="nowrap">
        <Anchor
          size="sm"
          fw={600}
          className="cut"
          renderRoot={(rest) => <Link to="/connections/$connection/kapacitors/$kapacitor" params={pathOf(original)} {...rest} />}
          onClick={(event) => event.stopPropagation()}
        >
          {original.kapacitor.name}
        </Anchor>
        {original.kapacitor.active && <ActiveBadge />}
      </Group>
    ),
  },
  { id: "state", header: "State", accessorFn: ({ kapacitor }) => kapacitor.state, cell: ({ row: { original } }) => <KapacitorState of={original.kapacitor} /> },
  {
    id: "connection",
    header: "Connection",
    accessorFn: ({ connection }) => connection,
    cell: ({ row: { original } }) => (
      <Anchor
        size="sm"
        renderRoot={(rest) => <Link to="/connections/$connection" params={{ connection: original.kapacitor.connection_id }} {...rest} />}
        onClick={(event) => event.stopPropagation()}
      >
        {original.connection}
      </Anchor>
    ),
  },
  { id: "where", header: "Where", accessorFn: ({ kapacitor }) => placeOf(kapacitor), cell: ({ getValue }) => <span className="mono" title={String(getValue())}>{String(getValue())}</span> },
  {
    id: "origin",
    header: "Defined by",
    accessorFn: ({ kapacitor }) => kapacitor.origin ?? "",
    cell: ({ row: { original } }) => (original.kapacitor.origin == null ? "people" : <OriginBadge origin={original.kapacitor.origin} />),
  },
];

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
        about="Each belongs to a connection; at most one of a connection's is active."
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
