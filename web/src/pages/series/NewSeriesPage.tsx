import { Button } from "@mantine/core";
import { IconChartLine } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { databaseList } from "../../api/databases";
import { queryList } from "../../api/queries";
import { Empty } from "../../ui/Empty";
import { Loading } from "../../ui/Loading";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { SeriesForm } from "./SeriesForm";

export function NewSeriesPage() {
  const chosen = useSearch({ from: "/series/new" });
  const { data: queries, error, refetch } = useQuery(queryList);
  return (
    <>
      <PageHead title="New series" about="A query whose rows become points of an InfluxDB." />
      {error && queries === undefined && <Problem error={error} retry={() => void refetch()} />}
      {queries === undefined && !error && <Loading />}
      {queries?.length === 0 && <NoQuery />}
      {queries !== undefined && queries.length > 0 && <SeriesForm chosen={chosen} />}
    </>
  );
}

/** What a series needs before it can be made. */
function NoQuery() {
  const { data: databases } = useQuery(databaseList);
  const hasDatabase = databases === undefined || databases.length > 0;
  return (
    <Empty
      icon={IconChartLine}
      title={hasDatabase ? "First a query" : "First a database"}
      actions={
        hasDatabase ? (
          <Button renderRoot={(rest) => <Link to="/queries/new" {...rest} />}>Write a query</Button>
        ) : (
          <Button renderRoot={(rest) => <Link to="/databases/new" {...rest} />}>Add database</Button>
        )
      }
    >
      {hasDatabase
        ? "A series makes points of the rows of a saved query. Write one, look at its rows, and go on from there."
        : "A series makes points of the rows of a query, and a query runs on a SQL database."}
    </Empty>
  );
}
