import { Button, Group, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconPlus, IconSearch, IconSql } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { databaseList } from "../../api/databases";
import { type Query, queryList } from "../../api/queries";
import { seriesList } from "../../api/series";
import { treeLines } from "../../lib/categories";
import { count } from "../../lib/format";
import { Empty } from "../../ui/Empty";
import { Loading } from "../../ui/Loading";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { useStore } from "../../ui/store";
import { leaving } from "../../ui/undo";
import { QueryTree } from "./QueryTree";

const NOTHING: Query[] = [];

/** Every saved query, by category. */
export function QueriesPage() {
  const { q = "" } = useSearch({ from: "/queries" });
  const navigate = useNavigate({ from: "/queries" });
  const { data, error, isPending, refetch } = useQuery(queryList);
  const { data: databases } = useQuery(databaseList);
  const { data: series } = useQuery(seriesList);
  const gone = useStore(leaving);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [typed, setTyped] = useState(q);
  const search = useDebouncedCallback((text: string) => {
    void navigate({ search: (now) => ({ ...now, q: text === "" ? undefined : text }), replace: true });
  }, 60);

  const names = useMemo(() => new Map(databases?.map((one) => [one.id, one])), [databases]);
  const readers = useMemo(() => {
    const numbers = new Map<string, number>();
    for (const { query_id: id } of series ?? []) numbers.set(id, (numbers.get(id) ?? 0) + 1);
    return numbers;
  }, [series]);
  const queries = useMemo(() => data?.filter(({ id }) => !gone.has(id)) ?? NOTHING, [data, gone]);
  const found = useMemo(() => {
    const wanted = q.trim().toLowerCase();
    if (wanted === "") return queries;
    const texts = (one: Query) => [one.name, one.category ?? "", names.get(one.database_id)?.name ?? "", one.sql];
    return queries.filter((one) => texts(one).some((text) => text.toLowerCase().includes(wanted)));
  }, [queries, q, names]);
  // What is searched for is shown, also in a category that is closed.
  const lines = useMemo(() => treeLines(found, q.trim() === "" ? closed : new Set()), [found, closed, q]);

  const write = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} renderRoot={(rest) => <Link to="/queries/new" {...rest} />}>
      Write a query
    </Button>
  );
  return (
    <>
      <PageHead title="Queries" about="Saved SQL whose rows become points." actions={queries.length > 0 ? write : undefined} />
      {error && data === undefined && <Problem error={error} retry={() => void refetch()} />}
      {isPending && <Loading />}
      {data !== undefined && queries.length === 0 && <NoQuery hasDatabase={databases === undefined || databases.length > 0} write={write} />}
      {queries.length > 0 && (
        <>
          <Group gap="xs" mb="xs">
            <TextInput
              data-search
              aria-label="Search queries"
              placeholder="Search names, categories and SQL"
              leftSection={<IconSearch size={16} aria-hidden />}
              value={typed}
              onChange={(event) => {
                setTyped(event.currentTarget.value);
                search(event.currentTarget.value);
              }}
              style={{ flex: "1 1 180px", maxWidth: 360 }}
            />
            <Text size="sm" c="dimmed" aria-live="polite">
              {found.length === queries.length ? count(queries.length) : `${count(found.length)} of ${count(queries.length)}`}
            </Text>
          </Group>
          <QueryTree
            lines={lines}
            databaseOf={({ database_id: id }) => names.get(id)}
            readersOf={({ id }) => (series === undefined ? undefined : (readers.get(id) ?? 0))}
            onToggle={(category) => setClosed((now) => (now.has(category) ? new Set([...now].filter((one) => one !== category)) : new Set([...now, category])))}
            onOpen={({ id }) => void navigate({ to: "/queries/$query", params: { query: id } })}
          />
        </>
      )}
    </>
  );
}

function NoQuery({ hasDatabase, write }: { hasDatabase: boolean; write: React.ReactNode }) {
  return (
    <Empty
      icon={IconSql}
      title="No query yet"
      actions={hasDatabase ? write : <Button renderRoot={(rest) => <Link to="/databases/new" {...rest} />}>Add database</Button>}
    >
      {hasDatabase
        ? "Write one SELECT and look at its first rows. A series turns them into points."
        : "A query runs on a SQL database. Add that first."}
    </Empty>
  );
}
