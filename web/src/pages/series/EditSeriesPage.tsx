import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { oneSeries, type Series } from "../../api/series";
import { Loading } from "../../ui/Loading";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { SeriesForm } from "./SeriesForm";

export function EditSeriesPage() {
  const { series: reference } = useParams({ from: "/series/$series/edit" });
  const { data, error, refetch } = useQuery(oneSeries(reference));
  // What the form began with stays its ground, whatever is fetched meanwhile: only that tells who changed it in between.
  const [ground, setGround] = useState<Series>();
  if (data && (ground === undefined || ground.id !== data.id)) setGround(data);
  const theirs = async () => {
    const fresh = await refetch();
    if (fresh.data) setGround(fresh.data);
  };
  return (
    <>
      <PageHead title={ground ? `Edit ${ground.name}` : "Edit series"} about="Runs that have begun go on as they began." />
      {error && !ground && <Problem error={error} retry={() => void refetch()} />}
      {!ground && !error && <Loading />}
      {ground && <SeriesForm key={`${ground.id} ${ground.revision}`} before={ground} onTheirs={() => void theirs()} />}
    </>
  );
}
