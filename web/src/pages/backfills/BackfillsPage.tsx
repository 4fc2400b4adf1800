// Every backfill, newest first, as it goes on.

import { Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { IconChevronLeft, IconChevronRight, IconHistory, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { backfillPage, BACKFILLS } from "../../api/backfills";
import type { BackfillSearch } from "../../lib/backfills";
import { Empty } from "../../ui/Empty";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { BackfillFilters } from "./BackfillFilters";
import { BackfillTable } from "./BackfillTable";

export function BackfillsPage() {
  const search = useSearch({ from: "/backfills" });
  const navigate = useNavigate();
  const page = useQuery(backfillPage(search));
  const show = (next: BackfillSearch, replace = false) => void navigate({ to: "/backfills", search: next, replace });
  const backfills = page.data;
  const last = backfills?.[backfills.length - 1];
  const { before, ...newest } = search;
  const isFirst = before === undefined;
  const isNarrowed = search.series !== undefined || search.state !== undefined;
  const from = search.series === undefined ? {} : { series: search.series };
  const begin = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} renderRoot={(rest) => <Link to="/backfills/new" search={from} {...rest} />}>
      New backfill
    </Button>
  );
  return (
    <>
      <PageHead title="Backfills" about="Ranges of a series' past that are read once more, chunk by chunk, beside its own runs." actions={begin} />
      {(isNarrowed || !isFirst || (backfills?.length ?? 0) > 0) && <BackfillFilters search={search} onChange={(next) => show(next, true)} />}
      {page.isError && backfills === undefined && <Problem error={page.error} retry={() => void page.refetch()} />}
      {page.isError && backfills !== undefined && (
        <Text size="sm" c="red" role="alert" mb="xs">
          The list is not fresh: {page.error.message}
        </Text>
      )}
      {page.isPending && <Skeleton height={240} role="status" aria-label="Loading the backfills" />}
      {backfills?.length === 0 && (
        <Empty
          icon={IconHistory}
          title={isNarrowed || !isFirst ? (isFirst ? "No backfill is like that" : "There are no older backfills") : "No past was read once more yet"}
          actions={
            (isNarrowed || !isFirst) && (
              <Button variant="default" onClick={() => show(isFirst ? {} : newest)}>
                {isFirst ? "Show all" : "To the newest"}
              </Button>
            )
          }
        >
          {!isNarrowed &&
            isFirst &&
            "For rows that were there before the series was, or that its runs missed. Its cursor stays where it is, and what is read twice becomes the same points."}
        </Empty>
      )}
      {backfills !== undefined && backfills.length > 0 && (
        <Stack gap="xs" aria-busy={page.isPlaceholderData}>
          <BackfillTable backfills={backfills} />
          {(!isFirst || backfills.length === BACKFILLS) && (
            <Group justify="space-between">
              <Button variant="default" disabled={isFirst} leftSection={<IconChevronLeft size={16} aria-hidden />} onClick={() => show(newest)}>
                To the newest
              </Button>
              <Button
                variant="default"
                disabled={backfills.length < BACKFILLS || last?.id == null || page.isPlaceholderData}
                rightSection={<IconChevronRight size={16} aria-hidden />}
                onClick={() => last?.id != null && show({ ...search, before: last.id })}
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
