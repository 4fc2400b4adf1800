import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { type Database, oneDatabase } from "../../api/databases";
import { Loading } from "../../ui/Loading";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { DatabaseForm } from "./DatabaseForm";

export function EditDatabasePage() {
  const { database: reference } = useParams({ from: "/databases/$database/edit" });
  const { data, error, refetch } = useQuery(oneDatabase(reference));
  // What the form began with stays its ground, whatever is fetched meanwhile: only that tells who changed it in between.
  const [ground, setGround] = useState<Database>();
  if (data && (ground === undefined || ground.id !== data.id)) setGround(data);
  const theirs = async () => {
    const fresh = await refetch();
    if (fresh.data) setGround(fresh.data);
  };
  return (
    <>
      <PageHead title={ground ? `Edit ${ground.name}` : "Edit database"} about="A change of the way to it is checked before it is saved." />
      {error && !ground && <Problem error={error} retry={() => void refetch()} />}
      {!ground && !error && <Loading />}
      {ground && <DatabaseForm key={`${ground.id} ${ground.revision}`} before={ground} onTheirs={() => void theirs()} />}
    </>
  );
}
