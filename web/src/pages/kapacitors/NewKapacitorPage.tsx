import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { oneConnection } from "../../api/connections";
import { byConnection, kapacitorList } from "../../api/kapacitors";
import { Loading } from "../../ui/Loading";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { KapacitorForm } from "./KapacitorForm";

/** "Add Kapacitor", to a connection. */
export function NewKapacitorPage() {
  const { connection: reference } = useParams({ from: "/connections/$connection/kapacitors/new" });
  const { data: connection, error, refetch } = useQuery(oneConnection(reference));
  const kapacitors = useQuery(kapacitorList);
  const about = connection ? `For the connection ${connection.name}. It is checked before it is saved.` : undefined;
  return (
    <>
      <PageHead title="Add Kapacitor" about={about} />
      {error !== null && !connection && <Problem error={error} retry={() => void refetch()} />}
      {kapacitors.error !== null && <Problem error={kapacitors.error} retry={() => void kapacitors.refetch()} />}
      {error === null && kapacitors.error === null && !(connection && kapacitors.data) && <Loading />}
      {connection && kapacitors.data && (
        <KapacitorForm connection={connection} others={byConnection(kapacitors.data).get(connection.id)?.length ?? 0} />
      )}
    </>
  );
}
