import { Alert } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { oneConnection } from "../../api/connections";
import { Loading } from "../../ui/Loading";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { OriginBadge } from "../../ui/StateBadge";
import { ConnectionForm } from "./ConnectionForm";

/** "Edit connection". */
export function EditConnectionPage() {
  const { connection } = useParams({ from: "/connections/$connection/edit" });
  // What is being edited must not change below the hands of whoever edits it.
  const query = useQuery({ ...oneConnection(connection), staleTime: Number.POSITIVE_INFINITY, refetchOnMount: "always", refetchOnWindowFocus: false });
  const [loads, setLoads] = useState(0);
  const { data, error, isFetchedAfterMount, refetch } = query;
  if (error !== null) return <Problem error={error} retry={() => void refetch()} />;
  if (data === undefined || !isFetchedAfterMount) return <Loading />;
  return (
    <>
      <PageHead title={`Edit ${data.name}`} badges={<OriginBadge origin={data.origin} />} />
      {data.origin == null ? (
        <ConnectionForm
          key={loads}
          before={data}
          onTheirs={() => void refetch().then(() => setLoads((times) => times + 1))}
        />
      ) : (
        <Alert title="This connection is read-only">It is defined by {data.origin.slice(data.origin.indexOf(":") + 1)} and is changed there.</Alert>
      )}
    </>
  );
}
