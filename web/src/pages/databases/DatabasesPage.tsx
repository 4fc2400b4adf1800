import { Anchor, Button, Stack, Text } from "@mantine/core";
import { IconDatabase, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type Database, databaseList, ENGINES, placeOf } from "../../api/databases";
import { count, duration } from "../../lib/format";
import { sortingOf, sortOf } from "../../lib/listSearch";
import { type Columns, DataTable, NARROW_PX } from "../../ui/DataTable";
import { Empty } from "../../ui/Empty";
import { Loading } from "../../ui/Loading";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { useStore } from "../../ui/store";
import { leaving } from "../../ui/undo";

const COLUMNS: Columns<Database> = [
  {
    id: "name",
    header: "Name",
    accessorKey: "name",
    enableHiding: false,
    meta: { share: "28%" },
    cell: ({ row: { original }, table }) => (table.options.meta?.isNarrow === true ? <Card of={original} /> : <Name of={original} />),
  },
  { id: "engine", header: "Engine", accessorFn: ({ engine }) => ENGINES[engine], meta: { from: NARROW_PX } },
  { id: "where", header: "Where", accessorFn: placeOf, meta: { from: NARROW_PX, share: "34%" }, cell: ({ getValue }) => <span className="mono" title={String(getValue())}>{String(getValue())}</span> },
  { id: "user", header: "User", accessorFn: (database) => (database.engine === "sqlite" ? "" : database.username), meta: { from: 900 } },
  {
    id: "timeout",
    header: "Time limit",
    accessorFn: ({ statement_timeout_ms: limit = 300_000 }) => limit,
    enableGlobalFilter: false,
    meta: { from: 1_440 },
    cell: ({ getValue }) => (getValue() === 0 ? "none" : duration(Number(getValue()))),
  },
  { id: "reads", header: "Reads at once", accessorFn: ({ max_reads: reads = 4 }) => reads, enableGlobalFilter: false, meta: { from: 1_440 }, cell: ({ getValue }) => count(Number(getValue())) },
  { id: "notes", header: "Notes", accessorFn: ({ notes = "" }) => notes, meta: { from: 1_440, share: "16%" } },
];

function Name({ of: database, wraps = false }: { of: Database; wraps?: boolean }) {
  return (
    <Anchor
      fw={600}
      size="sm"
      className={wraps ? "wrap" : "shortened"}
      title={database.name}
      renderRoot={(rest) => <Link to="/databases/$database" params={{ database: database.id }} {...rest} />}
      onClick={(event) => event.stopPropagation()}
    >
      {database.name}
    </Anchor>
  );
}

/** Everything of a row that a narrow window has room for. */
function Card({ of: database }: { of: Database }) {
  return (
    <Stack gap={4} className="card">
      <Name of={database} wraps />
      <Text size="xs">{ENGINES[database.engine]}</Text>
      <Text size="xs" className="mono">
        {placeOf(database)}
      </Text>
    </Stack>
  );
}

/** Every SQL database that is read. */
export function DatabasesPage() {
  const { q, sort } = useSearch({ from: "/databases" });
  const navigate = useNavigate({ from: "/databases" });
  const databases = useQuery(databaseList);
  const gone = useStore(leaving);
  const rows = databases.data?.filter(({ id }) => !gone.has(id));
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} renderRoot={(rest) => <Link to="/databases/new" {...rest} />}>
      Add database
    </Button>
  );
  return (
    <>
      <PageHead title="Databases" about="The SQL databases that queries run on. They are only ever read." actions={rows?.length ? add : undefined} />
      {databases.error && <Problem error={databases.error} retry={() => void databases.refetch()} />}
      {databases.isPending && <Loading />}
      {rows?.length === 0 && (
        <Empty icon={IconDatabase} title="No database yet" actions={add}>
          Add the SQLite file, PostgreSQL, MySQL or MariaDB that holds your rows. Queries read from it and write nothing.
        </Empty>
      )}
      {rows !== undefined && rows.length > 0 && (
        <DataTable
          label="databases"
          rows={rows}
          columns={COLUMNS}
          id={({ id }) => id}
          onOpen={({ id }) => void navigate({ to: "/databases/$database", params: { database: id } })}
          search={q ?? ""}
          onSearch={(text) => void navigate({ search: (now) => ({ ...now, q: text === "" ? undefined : text }), replace: true })}
          sorting={sortingOf(sort)}
          onSorting={(sorting) => void navigate({ search: (now) => ({ ...now, sort: sortOf(sorting) }), replace: true })}
          onRefresh={() => void databases.refetch()}
          refreshing={databases.isFetching}
        />
      )}
    </>
  );
}
