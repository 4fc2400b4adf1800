// What could not be written, over all runs: why, sending it again, letting it go, taking it along.

import { Anchor, Badge, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { type Reject, rejectCounts, rejectList } from "../../api/rejects";
import { oneRun } from "../../api/runs";
import { count, instant } from "../../lib/format";
import type { RejectSearch } from "../../lib/rejectSearch";
import { Empty } from "../../ui/Empty";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { useStore } from "../../ui/store";
import { leaving } from "../../ui/undo";
import { Export } from "./Export";
import { keyOf, RejectActions } from "./RejectActions";
import { RejectFilters } from "./RejectFilters";
import { RejectTable } from "./RejectTable";

export function RejectsPage() {
  const search = useSearch({ from: "/rejects" });
  const navigate = useNavigate();
  const page = useInfiniteQuery(rejectList(search));
  const counts = useQuery(rejectCounts);
  const gone = useStore(leaving);
  const [selection, setSelection] = useState<ReadonlySet<string>>(new Set());
  const rejects = useMemo(() => page.data?.pages.flat().filter((one) => !gone.has(keyOf(one))), [page.data, gone]);
  const chosen = useMemo(() => (rejects ?? []).filter((one) => selection.has(keyOf(one))), [rejects, selection]);
  const show = (next: RejectSearch) => {
    setSelection(new Set());
    void navigate({ to: "/rejects", search: next, replace: true });
  };
  const isNarrowed = search.series !== undefined || search.run !== undefined;
  const hasSome = rejects !== undefined && rejects.length > 0;
  return (
    <>
      <PageHead
        title="Rejects"
        about="Rows and lines that could not be written, kept with their reason: the mapping's or InfluxDB's."
        actions={hasSome && <Export search={search} />}
      />
      {(hasSome || isNarrowed || (counts.data?.length ?? 0) > 0) && <RejectFilters search={search} counts={counts.data ?? []} onChange={show} />}
      {search.run !== undefined && <OfRun run={search.run} />}
      {page.isError && rejects === undefined && <Problem error={page.error} retry={() => void page.refetch()} />}
      {page.isPending && <Skeleton height={240} role="status" aria-label="Loading the rejects" />}
      {rejects?.length === 0 && !page.isPending && <Nothing isNarrowed={isNarrowed} onAll={() => show({})} />}
      {hasSome && (
        <Stack gap="xs" aria-busy={page.isPlaceholderData}>
          <RejectActions search={search} chosen={chosen} all={allOf(search, rejects, counts.data)} onDone={() => setSelection(new Set())} />
          <RejectTable rejects={rejects} selection={selection} onSelection={setSelection} without={search} />
          {page.hasNextPage && (
            <Button variant="default" loading={page.isFetchingNextPage} onClick={() => void page.fetchNextPage()} style={{ alignSelf: "center" }}>
              Show more
            </Button>
          )}
        </Stack>
      )}
    </>
  );
}

/** How many there are in all of a series; of a run only as many as are known. */
function allOf({ series }: RejectSearch, shown: readonly Reject[], counts: { series_id: string; series_name: string; rejects: number }[] | undefined): number | undefined {
  if (series === undefined) return undefined;
  return counts?.find((one) => one.series_id === series || one.series_name === series)?.rejects ?? shown.length;
}

function OfRun({ run }: { run: string }) {
  const { data } = useQuery(oneRun(run));
  if (!data) return null;
  return (
    <Group gap="xs" mb="sm">
      <Badge variant="light" tt="none" color="gray">
        One run
      </Badge>
      <Text size="sm" className="wrap">
        Of{" "}
        <Anchor size="sm" underline="always" renderRoot={(rest) => <Link to="/runs/$run" params={{ run }} {...rest} />}>
          the run of {data.series_name} for {instant(data.slot)}
        </Anchor>
        , which rejected {count(data.figures.rejected ?? 0)} in all
      </Text>
    </Group>
  );
}

function Nothing({ isNarrowed, onAll }: { isNarrowed: boolean; onAll: () => void }) {
  return (
    <Empty
      icon={IconCircleCheck}
      title={isNarrowed ? "None are kept of it" : "Nothing was rejected"}
      actions={
        isNarrowed && (
          <Button variant="default" onClick={onAll}>
            Show all
          </Button>
        )
      }
    >
      {isNarrowed
        ? "They were sent again, discarded, or there never were any."
        : "A row that cannot become a point, and a line that InfluxDB refuses, is kept here with its reason. Everything else of its run is written."}
    </Empty>
  );
}
