import { Alert } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { oneConnection } from "../../api/connections";
import { oneKapacitor } from "../../api/kapacitors";
import { Loading } from "../../ui/Loading";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { OriginBadge } from "../../ui/StateBadge";
import { KapacitorForm } from "./KapacitorForm";

/** "Edit Kapacitor". */
export function EditKapacitorPage() {
  const path = useParams({ from: "/connections/$connection/kapacitors/$kapacitor/edit" });
  const connection = useQuery(oneConnection(path.connection));
  const kapacitor = useQuery({
    ...oneKapacitor(path.connection, path.kapacitor),
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnMount: "always",
    refetchOnWindowFocus: false,
  });
  const [loads, setLoads] = useState(0);
  const error = connection.error ?? kapacitor.error;
  if (error !== null) return <Problem error={error} retry={() => void Promise.all([connection.refetch(), kapacitor.refetch()])} />;
  if (!connection.data || !kapacitor.data || !kapacitor.isFetchedAfterMount) return <Loading />;
  const { origin, name } = kapacitor.data;
  return (
    <>
      <PageHead title={`Edit ${name}`} about={`A Kapacitor of ${connection.data.name}`} badges={<OriginBadge origin={origin} />} />
      {origin == null ? (
        <KapacitorForm
          key={loads}
          connection={connection.data}
          before={kapacitor.data}
          onTheirs={() => void kapacitor.refetch().then(() => setLoads((times) => times + 1))}
        />
      ) : (
        <Alert title="This Kapacitor is read-only">It is defined by {origin.slice(origin.indexOf(":") + 1)} and is changed there.</Alert>
      )}
    </>
  );
}
