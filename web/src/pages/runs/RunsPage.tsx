// What happened: every run, newest first, page by page, as it happens.

import { Anchor, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { IconActivity, IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { oneBackfill } from "../../api/backfills";
import { PAGE, runPage } from "../../api/runs";
import { narrowing, type RunSearch } from "../../lib/runSearch";
import { Empty } from "../../ui/Empty";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { RunFilters } from "./RunFilters";
import { RunTable } from "./RunTable";

export function RunsPage() {
  const search = useSearch({ from: "/runs" });
  const navigate = useNavigate();
  const page = useQuery(runPage(search));
  const show = (next: RunSearch, replace = false) => void navigate({ to: "/runs", search: next, replace });
  const runs = page.data;
  const last = runs?.[runs.length - 1];
  const isFirst = search.before === undefined;
  const { before: _, ...newest } = search;
  return (
    <>
      <PageHead title="Runs" about="One line for each execution of a series, newest first. The list follows what happens." />
      <RunFilters search={search} onChange={(next) => show(next, true)} />
      {search.backfill !== undefined && <OfBackfill backfill={search.backfill} />}
      {page.isError && runs === undefined && <Problem error={page.error} retry={() => void page.refetch()} />}
      {page.isError && runs !== undefined && (
        <Text size="sm" c="red" role="alert" mb="xs">
          The list is not fresh: {page.error.message}
        </Text>
      )}
      {page.isPending && <Rows />}
      {runs?.length === 0 && isFirst && narrowing(search) === 0 && (
        <Empty
          icon={IconActivity}
          title="Nothing has run yet"
          actions={
            <Button component={Link} to="/series/new">
              Make a series
            </Button>
          }
        >
          A series runs at the slots of its group, or by hand. Every run is listed here with what it read, what it wrote and what went wrong.
        </Empty>
      )}
      {runs?.length === 0 && (!isFirst || narrowing(search) > 0) && (
        <Empty
          icon={IconActivity}
          title={isFirst ? "No run is like that" : "There are no older runs"}
          actions={
            <Button variant="default" onClick={() => show(isFirst ? {} : newest)}>
              {isFirst ? "Show all" : "To the newest"}
            </Button>
          }
        />
      )}
      {runs !== undefined && runs.length > 0 && (
        <Stack gap="xs" aria-busy={page.isPlaceholderData}>
          <RunTable runs={runs} label="Runs" />
          {(!isFirst || runs.length === PAGE) && (
            <Group justify="space-between">
              <Button variant="default" disabled={isFirst} leftSection={<IconChevronLeft size={16} aria-hidden />} onClick={() => show(newest)}>
                To the newest
              </Button>
              <Button
                variant="default"
                disabled={runs.length < PAGE || last === undefined || page.isPlaceholderData}
                rightSection={<IconChevronRight size={16} aria-hidden />}
                onClick={() => last && show({ ...search, before: last.id })}
              >
                Older
              </Button>
            </Group>
          )}
        </Stack>
      )}
    </>
  );
}

/** What they are chunks of. */
function OfBackfill({ backfill }: { backfill: string }) {
  const { data } = useQuery(oneBackfill(backfill));
  if (!data) return null;
  return (
    <Text size="sm" className="wrap" mb="sm">
      Chunks of{" "}
      <Anchor size="sm" underline="always" renderRoot={(rest) => <Link to="/backfills/$backfill" params={{ backfill }} {...rest} />}>
        the backfill of {data.series_name}
      </Anchor>
    </Text>
  );
}

function Rows() {
  return (
    <Stack gap={6} role="status" aria-label="Loading the runs">
      {Array.from({ length: 8 }, (_, at) => (
        <Skeleton key={at} height={38} />
      ))}
    </Stack>
  );
}
