import { Button, Stack, Switch, Tabs } from "@mantine/core";
import { IconEdit, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { connectionList } from "../../api/connections";
import { groupList } from "../../api/groups";
import { queryList } from "../../api/queries";
import { runPage, runSeries } from "../../api/runs";
import { oneSeries, patchSeries, type Series } from "../../api/series";
import { CopyAs } from "../../ui/CopyAs";
import { showProblem } from "../../ui/form";
import { Loading } from "../../ui/Loading";
import { Next } from "../../ui/Next";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { CursorSection } from "./CursorSection";
import { seriesChanged } from "./data";
import { draftOf, enabledWords } from "./draft";
import { LAST_RUNS, LastRuns } from "./LastRuns";
import { LiveRun } from "./LiveRun";
import { PastSection } from "./PastSection";
import { recipesOf } from "./recipes";
import { RunNow } from "./RunNow";
import { SeriesFacts } from "./SeriesFacts";
import { StoredPreview } from "./StoredPreview";
import { useDeleteSeries } from "./useDeleteSeries";

export function SeriesPage() {
  const { series: reference } = useParams({ from: "/series/$series" });
  const { data: series, error, refetch } = useQuery(oneSeries(reference));
  if (error && !series) {
    return (
      <>
        <PageHead title="Series" />
        <Problem error={error} retry={() => void refetch()} />
      </>
    );
  }
  return series ? <OneSeries key={series.id} series={series} /> : <Loading />;
}

function OneSeries({ series }: { series: Series }) {
  const cache = useQueryClient();
  const { tab, run } = useSearch({ from: "/series/$series" });
  const navigate = useNavigate({ from: "/series/$series" });
  const remove = useDeleteSeries();
  const names = useNames(series);
  const { data: connections } = useQuery(connectionList);
  const connection = connections?.find(({ id }) => id === series.connection_id);
  const { data: runs } = useQuery({ ...runPage({ series: series.id, limit: LAST_RUNS }), placeholderData: undefined });
  const start = useMutation({
    mutationFn: (slot: string | undefined) => runSeries(series.id, slot),
    onSuccess: async ({ id }) => {
      await navigate({ search: (now) => ({ ...now, run: id }), replace: true });
      await cache.invalidateQueries({ queryKey: ["runs", "list"] });
    },
    onError: showProblem,
  });
  const enable = useMutation({
    mutationFn: (enabled: boolean) => patchSeries(series, { enabled }),
    onError: showProblem,
    onSettled: () => seriesChanged(cache),
  });
  const enabled = enable.isPending ? enable.variables : series.enabled !== false;
  const measurement = "name" in series.mapping.measurement ? { measurement: series.mapping.measurement.name } : {};
  const explore = connection && connection.driver !== "file" ? { connection: connection.id, ...measurement } : undefined;
  return (
    <>
      <PageHead
        title={series.name}
        about={{ snapshot: "Snapshot series", window: "Window series", incremental: "Series of only new rows" }[series.mode.mode]}
        actions={
          <>
            <RunNow series={series} busy={start.isPending} onRun={(slot) => start.mutate(slot)} />
            <Button
              variant="default"
              leftSection={<IconEdit size={16} aria-hidden />}
              aria-keyshortcuts="e"
              renderRoot={(rest) => <Link to="/series/$series/edit" params={{ series: series.id }} {...rest} />}
            >
              Edit
            </Button>
            <CopyAs recipes={recipesOf(draftOf(series), names)} />
            <Button variant="default" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => remove(series)}>
              Delete
            </Button>
          </>
        }
      />
      {runs?.length === 0 && run === undefined && (
        <Next
          title="Write the first points"
          onClick={() => start.mutate(undefined)}
          busy={start.isPending}
          or={
            series.group_id == null && (
              <Button variant="default" renderRoot={(rest) => <Link to="/series/$series/edit" params={{ series: series.id }} hash="group" {...rest} />}>
                Choose a group
              </Button>
            )
          }
        >
          {series.group_id == null ? "Run it once and look at its points. In a group it runs regularly." : "Its group runs it at its next slot. Or run it now and look at its points."}
        </Next>
      )}
      <Stack>
        <Switch
          label="Enabled"
          description={enabledWords(enabled, series.group_id != null)}
          checked={enabled}
          onChange={(event) => enable.mutate(event.currentTarget.checked)}
        />
        {run !== undefined && (
          <LiveRun
            key={run}
            run={run}
            explore={explore}
            onClose={() => void navigate({ search: ({ tab: kept }) => (kept === undefined ? {} : { tab: kept }), replace: true })}
          />
        )}
        <Tabs
          keepMounted={false}
          value={tab ?? "overview"}
          onChange={(next) => void navigate({ search: (now) => ({ ...now, tab: next === "overview" ? undefined : (next ?? undefined) }), replace: true })}
        >
          <Tabs.List>
            <Tabs.Tab value="overview">Overview</Tabs.Tab>
            <Tabs.Tab value="preview">Preview</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="overview" pt="md">
            <Stack>
              {series.mode.mode === "incremental" && <CursorSection series={series} />}
              <LastRuns series={series.id} explore={explore} />
              <PastSection series={series} />
              <SeriesFacts series={series} />
            </Stack>
          </Tabs.Panel>
          <Tabs.Panel value="preview" pt="md">
            <StoredPreview series={series} />
          </Tabs.Panel>
        </Tabs>
      </Stack>
    </>
  );
}

function useNames(series: Series) {
  const { data: queries } = useQuery(queryList);
  const { data: connections } = useQuery(connectionList);
  const { data: groups } = useQuery(groupList);
  return {
    query: queries?.find(({ id }) => id === series.query_id)?.name,
    connection: connections?.find(({ id }) => id === series.connection_id)?.name,
    group: groups?.find(({ id }) => id === series.group_id)?.name,
  };
}
