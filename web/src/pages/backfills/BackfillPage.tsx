// One backfill: how far it has come, what it reads, what failed and why, and its chunks as the runs that they are.

import { Alert, Anchor, Button, Code, Skeleton, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconHistory } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { type Backfill, oneBackfill } from "../../api/backfills";
import { Refusal } from "../../api/client";
import { type Run, runPage } from "../../api/runs";
import { oneSeries, type Series } from "../../api/series";
import { type Bounds, chunkLength, chunkLengthWords } from "../../lib/backfills";
import { count, duration, sentence } from "../../lib/format";
import { BackfillBadge } from "../../ui/BackfillBadge";
import { Bound } from "../../ui/Bound";
import { CopyAs } from "../../ui/CopyAs";
import { Facts } from "../../ui/Facts";
import { NothingHere } from "../../ui/NothingHere";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { When } from "../../ui/When";
import { BackfillActions } from "./BackfillActions";
import { Chunks, FailedChunks } from "./Chunks";
import { recipesOf } from "./draft";
import { Progress } from "./Progress";

/** Chunks that are shown: the newest. */
const SHOWN = 20;

export function BackfillPage() {
  const { backfill: id } = useParams({ from: "/backfills/$backfill" });
  const { data, error, refetch } = useQuery(oneBackfill(id));
  if (error && !data) {
    if (error instanceof Refusal && error.status === 404) return <NothingHere />;
    return (
      <>
        <PageHead title="Backfill" />
        <Problem error={error} retry={() => void refetch()} />
      </>
    );
  }
  if (!data) return <Skeleton height={240} role="status" aria-label="Loading the backfill" />;
  return <Shown key={id} id={id} backfill={data} />;
}

function Shown({ id, backfill }: { id: string; backfill: Backfill }) {
  const { data: series } = useQuery(oneSeries(backfill.series_id));
  const { data: runs } = useQuery({ ...runPage({ backfill: id, limit: SHOWN }), placeholderData: undefined });
  const { reason, state } = backfill;
  const chunks = (runs ?? []).flatMap(({ chunk }) => (chunk == null ? [] : [chunk]));
  const another = { series: backfill.series_id };
  return (
    <>
      <PageHead
        title={`Backfill of ${backfill.series_name}`}
        badges={state != null && <span role="status"><BackfillBadge state={state} explained /></span>}
        about={
          <Anchor size="sm" underline="always" renderRoot={(rest) => <Link to="/backfills" search={another} {...rest} />}>
            All backfills of the series
          </Anchor>
        }
        actions={
          <>
            <BackfillActions backfill={backfill} />
            {backfill.ended_at != null && (
              <Button variant="default" leftSection={<IconHistory size={16} aria-hidden />} renderRoot={(rest) => <Link to="/backfills/new" search={another} {...rest} />}>
                New backfill
              </Button>
            )}
            {series && <CopyAs recipes={asRecipes(series, backfill, chunks)} />}
          </>
        }
      />
      <Stack>
        {reason != null && (
          <Alert color={state === "paused" ? "yellow" : "gray"} icon={<IconAlertTriangle aria-hidden />} title={state === "paused" ? "It paused by itself" : "Why"}>
            <Text size="sm" className="wrap">
              {sentence(reason.message)}
            </Text>
            {reason.advice !== "" && (
              <Text size="sm" fw={550} className="wrap">
                {sentence(reason.advice)}
              </Text>
            )}
            {reason.code != null && <Code>{reason.code}</Code>}
          </Alert>
        )}
        <Progress backfill={backfill} />
        <FailedChunks id={id} backfill={backfill} />
        <Facts facts={factsOf(series, backfill, chunks)} />
        <Chunks id={id} runs={runs} />
      </Stack>
    </>
  );
}

const MODES = { snapshot: "Snapshot", window: "Window: a chunk is a slot, read with its own window", incremental: "Only new rows: a chunk is a range of the cursor" };

function factsOf(series: Series | undefined, backfill: Backfill, chunks: readonly Bounds[]): [string, ReactNode][] {
  const length = chunkLength(chunks, backfill.chunks);
  const isWindow = series?.mode.mode === "window";
  return [
    [
      "Series",
      <Anchor key="series" size="sm" renderRoot={(rest) => <Link to="/series/$series" params={{ series: backfill.series_id }} {...rest} />}>
        {backfill.series_name}
      </Anchor>,
    ],
    ["Mode", series ? MODES[series.mode.mode] : "…"],
    [isWindow ? "First slot" : "From", <Bound key="from" at={backfill.from} />],
    [isWindow ? "Last slot" : "Up to, not included", <Bound key="to" at={backfill.to} />],
    [isWindow ? "Slots lie apart" : "Length of a chunk", length === undefined ? "–" : chunkLengthWords(length)],
    ["Side by side", backfill.parallel === 1 ? "One chunk at a time" : `Up to ${count(backfill.parallel)} chunks`],
    ["Pause after each", backfill.pause_s === 0 ? "None" : duration(backfill.pause_s * 1_000)],
    ["Asked for", backfill.created_at == null ? "–" : <When key="made" at={backfill.created_at} />],
    ...(backfill.ended_at == null ? [] : [["Ended", <When key="ended" at={backfill.ended_at} />] as [string, ReactNode]]),
  ];
}

/** The same range once more, for a script. */
function asRecipes(series: Series, { from, to, parallel, pause_s, chunks: all }: Backfill, chunks: readonly Run["chunk"][]) {
  const isWindow = series.mode.mode === "window";
  const length = series.group_id != null && isWindow ? undefined : chunkLength(chunks.flatMap((one) => one ?? []), all);
  const isTimes = length !== undefined && "seconds" in length;
  const chunk = all === 1 || length === undefined ? undefined : Math.max(1, Math.round(isTimes ? length.seconds : length.units));
  // The last slot of a range is read: it ends behind it.
  const end = isWindow ? new Date(Date.parse(to) + 1_000).toISOString() : to;
  return recipesOf(series.name, { from, to: end, parallel, pause_s, ...(chunk === undefined ? {} : { chunk }) }, isTimes);
}
