import { Button } from "@mantine/core";
import { IconDatabase } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { databaseList } from "../../api/databases";
import { Empty } from "../../ui/Empty";
import { Loading } from "../../ui/Loading";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { QueryEditor } from "./QueryEditor";

export function NewQueryPage() {
  const { database, table } = useSearch({ from: "/queries/new" });
  const { data: databases, error, refetch } = useQuery(databaseList);
  return (
    <>
      <PageHead title="Write a query" about="Try it as often as you like: nothing is saved, and nothing is ever written to the database." />
      {error && databases === undefined && <Problem error={error} retry={() => void refetch()} />}
      {databases === undefined && !error && <Loading />}
      {databases?.length === 0 && (
        <Empty icon={IconDatabase} title="No database yet" actions={<Button renderRoot={(rest) => <Link to="/databases/new" {...rest} />}>Add database</Button>}>
          A query runs on a SQL database. Add that first.
        </Empty>
      )}
      {databases !== undefined && databases.length > 0 && <QueryEditor databases={databases} database={database} table={table} />}
    </>
  );
}
