// Every connection: what there is, whether it works, and what is written where.

import { Button } from "@mantine/core";
import { IconBolt, IconPlugConnected, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { databaseList } from "../../api/databases";
import { sortingOf, sortOf } from "../../lib/listSearch";
import { DataTable } from "../../ui/DataTable";
import { Empty } from "../../ui/Empty";
import { Loading } from "../../ui/Loading";
import { Next } from "../../ui/Next";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { BulkActions } from "./BulkActions";
import { columns } from "./columns";
import { useRows } from "./data";
import { DeleteConnections } from "./DeleteConnections";

export function ConnectionsPage() {
  const { q = "", sort } = useSearch({ from: "/connections" });
  const navigate = useNavigate({ from: "/connections" });
  const { rows, error, isFetching, refetch } = useRows();
  const { data: databases } = useQuery(databaseList);
  const [selection, setSelection] = useState<Record<string, boolean>>({});
  const [deleting, setDeleting] = useState(false);
  const sorting = useMemo(() => sortingOf(sort), [sort]);
  const chosen = useMemo(() => (rows ?? []).filter(({ connection }) => selection[connection.id] === true), [rows, selection]);
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} renderRoot={(rest) => <Link to="/connections/new" {...rest} />}>
      Add connection
    </Button>
  );
  return (
    <>
      <PageHead
        title="Connections"
        about="Where points are written to: InfluxDB 1, 2 and 3, and folders."
        actions={
          <>
            <Button
              variant="default"
              leftSection={<IconBolt size={16} aria-hidden />}
              renderRoot={(rest) => <Link to="/kapacitors" {...rest} />}
            >
              Kapacitors
            </Button>
            {add}
          </>
        }
      />
      {error !== null && <Problem error={error} retry={() => void refetch()} />}
      {rows === undefined && error === null && <Loading />}
      {rows?.length === 0 && (
        <Empty icon={IconPlugConnected} title="No connection yet" actions={add}>
          A connection says how to reach one InfluxDB. Paste what you have: a URL, a curl command, a Telegraf section. It is checked before it is
          saved, and nothing is written.
        </Empty>
      )}
      {rows !== undefined && rows.length > 0 && databases?.length === 0 && (
        <Next title="Add a SQL database" link={(rest) => <Link to="/databases/new" {...rest} />}>
          There is somewhere to write to. Say where rows are read.
        </Next>
      )}
      {rows !== undefined && rows.length > 0 && (
        <DataTable
          label="connections"
          rows={rows}
          columns={columns}
          id={({ connection }) => connection.id}
          nameOf={({ connection }) => connection.name}
          onOpen={({ connection }) => void navigate({ to: "/connections/$connection", params: { connection: connection.id } })}
          search={q}
          onSearch={(text) => void navigate({ search: (now) => ({ ...now, q: text === "" ? undefined : text }), replace: true })}
          sorting={sorting}
          onSorting={(wanted) => void navigate({ search: (now) => ({ ...now, sort: sortOf(wanted) }), replace: true })}
          onRefresh={() => void refetch()}
          refreshing={isFetching}
          selection={selection}
          onSelection={setSelection}
          bulk={chosen.length > 0 && <BulkActions rows={chosen} onDelete={() => setDeleting(true)} />}
        />
      )}
      {deleting && chosen.length > 0 && (
        <DeleteConnections
          rows={chosen}
          connections={(rows ?? []).map(({ connection }) => connection)}
          onClose={() => setDeleting(false)}
          onDeleted={() => {
            setDeleting(false);
            setSelection({});
          }}
        />
      )}
    </>
  );
}
