import { Anchor, Button, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconChartLine } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { Fragment, useState } from "react";
import { databaseList } from "../../api/databases";
import { oneQuery, type Query } from "../../api/queries";
import { type Series, seriesList } from "../../api/series";
import { DeleteObject } from "../../ui/DeleteObject";
import { Loading } from "../../ui/Loading";
import { Next } from "../../ui/Next";
import { PageHead } from "../../ui/PageHead";
import { Problem, told } from "../../ui/Problem";
import { deleteWithUndo } from "../../ui/undo";
import { deleteQuery, queriesChanged } from "./data";
import { QueryEditor } from "./QueryEditor";

export function QueryPage() {
  const { query: reference } = useParams({ from: "/queries/$query" });
  const { data, error, refetch } = useQuery(oneQuery(reference));
  const { data: databases, error: noDatabases } = useQuery(databaseList);
  const { data: series } = useQuery(seriesList);
  // What the editor began with stays its ground, whatever is fetched meanwhile: only that tells who changed it in between.
  const [ground, setGround] = useState<Query>();
  if (data && ground?.id !== data.id) setGround(data);
  const remove = useDelete();
  const problem = error ?? noDatabases;
  if (ground === undefined || databases === undefined) {
    return (
      <>
        <PageHead title="Query" />
        {problem ? <Problem error={problem} retry={() => void refetch()} /> : <Loading />}
      </>
    );
  }
  const readers = series?.filter(({ query_id: id }) => id === ground.id);
  const theirs = async () => {
    const fresh = await refetch();
    if (fresh.data) setGround(fresh.data);
  };
  return (
    <>
      <PageHead
        title={data?.name ?? ground.name}
        about={readers && readers.length > 0 && <Readers series={readers} />}
        actions={
          readers?.length ? (
            <Button
              variant="default"
              leftSection={<IconChartLine size={16} aria-hidden />}
              renderRoot={(rest) => <Link to="/series/new" search={{ query: ground.id }} {...rest} />}
            >
              Make a series
            </Button>
          ) : undefined
        }
      />
      {readers?.length === 0 && (
        <Next title="Make a series" link={(rest) => <Link to="/series/new" search={{ query: ground.id }} {...rest} />}>
          No series reads it yet: say what each of its columns becomes, and where the points go.
        </Next>
      )}
      <QueryEditor
        key={`${ground.id} ${ground.revision}`}
        before={ground}
        databases={databases}
        onTheirs={() => void theirs()}
        actions={(leave) => (
          <DeleteObject
            what={`the query ${ground.name}`}
            dependence="series read it"
            dependents={readers?.map(({ id, name }) => ({ id, name, link: (rest) => <Link to="/series/$series" params={{ series: id }} {...rest} /> }))}
            onDelete={() => {
              leave();
              remove(ground);
            }}
          />
        )}
      />
    </>
  );
}

function Readers({ series }: { series: Series[] }) {
  return (
    <Text span size="sm">
      Read by{" "}
      {series.slice(0, 3).map(({ id, name }, at) => (
        <Fragment key={id}>
          {at > 0 && ", "}
          <Anchor size="sm" renderRoot={(rest) => <Link to="/series/$series" params={{ series: id }} {...rest} />}>
            {name}
          </Anchor>
        </Fragment>
      ))}
      {series.length > 3 && ` and ${series.length - 3} more series`}
    </Text>
  );
}

/** Deletes with a way back, and leaves its page for the list. */
function useDelete(): (query: Query) => void {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return (query) => {
    deleteWithUndo({
      id: query.id,
      what: `the query ${query.name}`,
      remove: () => deleteQuery(query),
      settled: () => void queriesChanged(queries),
      failed: (error) => {
        const { message, advice } = told(error);
        notifications.show({ color: "red", title: message, message: advice, autoClose: 10_000 });
      },
    });
    void navigate({ to: "/queries" });
  };
}
