import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { type Group, oneGroup } from "../../api/groups";
import { Loading } from "../../ui/Loading";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { GroupForm } from "./GroupForm";

export function EditGroupPage() {
  const { group: reference } = useParams({ from: "/groups/$group/edit" });
  const { data, error, refetch } = useQuery(oneGroup(reference));
  // What the form began with stays its ground, whatever is fetched meanwhile: only that tells who changed it in between.
  const [ground, setGround] = useState<Group>();
  if (data && (ground === undefined || ground.id !== data.id)) setGround(data);
  const theirs = async () => {
    const fresh = await refetch();
    if (fresh.data) setGround(fresh.data);
  };
  return (
    <>
      <PageHead title={ground ? `Edit ${ground.name}` : "Edit group"} about="A new schedule counts from now on; slots that have come are settled first." />
      {error && !ground && <Problem error={error} retry={() => void refetch()} />}
      {!ground && !error && <Loading />}
      {ground && <GroupForm key={`${ground.id} ${ground.revision}`} before={ground} onTheirs={() => void theirs()} />}
    </>
  );
}
