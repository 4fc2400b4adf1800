import { useSearch } from "@tanstack/react-router";
import { PageHead } from "../../ui/PageHead";
import { SeriesForm } from "./SeriesForm";

export function NewSeriesPage() {
  const chosen = useSearch({ from: "/series/new" });
  return (
    <>
      <PageHead title="New series" about="A query whose rows become points of an InfluxDB." />
      <SeriesForm chosen={chosen} />
    </>
  );
}
