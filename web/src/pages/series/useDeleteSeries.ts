import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { Series } from "../../api/series";
import { showProblem } from "../../ui/form";
import { deleteWithUndo } from "../../ui/undo";
import { deleteSeries, seriesChanged } from "./data";

/** Deletes with a way back, and leaves its page for the list. */
export function useDeleteSeries(): (series: Series) => void {
  const cache = useQueryClient();
  const navigate = useNavigate();
  return (series) => {
    deleteWithUndo({
      id: series.id,
      what: `the series ${series.name}`,
      remove: () => deleteSeries(series.id),
      settled: () => void seriesChanged(cache),
      failed: showProblem,
    });
    void navigate({ to: "/series" });
  };
}
