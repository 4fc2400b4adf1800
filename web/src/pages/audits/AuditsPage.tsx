// Every audit, newest first, as it goes on.

import { Button, Group, Select, Skeleton, Stack, Text } from "@mantine/core";
import { IconChevronLeft, IconChevronRight, IconPlus, IconScale } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { auditPage, AUDITS } from "../../api/audits";
import { seriesList } from "../../api/series";
import type { AuditSearch } from "../../lib/audits";
import { Empty } from "../../ui/Empty";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { AuditTable } from "./AuditTable";

export function AuditsPage() {
  const search = useSearch({ from: "/audits" });
  const navigate = useNavigate();
  const page = useQuery(auditPage(search));
  const show = (next: AuditSearch, replace = false) => void navigate({ to: "/audits", search: next, replace });
  const audits = page.data;
  const last = audits?.[audits.length - 1];
  const { before, ...newest } = search;
  const isFirst = before === undefined;
  const isNarrowed = search.series !== undefined;
  return (
    <>
      <PageHead
        title="Audits"
        about="The points that the rows of a series make, compared with those that are in InfluxDB. An audit only reads."
        actions={
          <Button leftSection={<IconPlus size={16} aria-hidden />} renderRoot={(rest) => <Link to="/audits/new" search={newest} {...rest} />}>
            New audit
          </Button>
        }
      />
      {(isNarrowed || !isFirst || (audits?.length ?? 0) > 0) && <OfSeries series={search.series} onChange={(next) => show(next, true)} />}
      {page.isError && audits === undefined && <Problem error={page.error} retry={() => void page.refetch()} />}
      {page.isError && audits !== undefined && (
        <Text size="sm" c="red" role="alert" mb="xs">
          The list is not fresh: {page.error.message}
        </Text>
      )}
      {page.isPending && <Skeleton height={240} role="status" aria-label="Loading the audits" />}
      {audits?.length === 0 && (
        <Empty
          icon={IconScale}
          title={!isFirst ? "There are no older audits" : isNarrowed ? "None is of it" : "Nothing was compared yet"}
          actions={
            (isNarrowed || !isFirst) && (
              <Button variant="default" onClick={() => show(isFirst ? {} : newest)}>
                {isFirst ? "Show all" : "To the newest"}
              </Button>
            )
          }
        >
          {isFirst &&
            !isNarrowed &&
            "An audit counts, hour by hour or day by day, what the database has and what InfluxDB has. What differs can be read again."}
        </Empty>
      )}
      {audits !== undefined && audits.length > 0 && (
        <Stack gap="xs" aria-busy={page.isPlaceholderData}>
          <AuditTable audits={audits} />
          {(!isFirst || audits.length === AUDITS) && (
            <Group justify="space-between">
              <Button variant="default" disabled={isFirst} leftSection={<IconChevronLeft size={16} aria-hidden />} onClick={() => show(newest)}>
                To the newest
              </Button>
              <Button
                variant="default"
                disabled={audits.length < AUDITS || last === undefined || page.isPlaceholderData}
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

function OfSeries({ series, onChange }: { series: string | undefined; onChange: (search: AuditSearch) => void }) {
  const all = useQuery(seriesList).data ?? [];
  const chosen = all.find(({ id, name }) => id === series || name === series)?.id ?? series;
  return (
    <Group gap="xs" mb="sm" align="flex-end" role="search" aria-label="Narrow the list">
      <Select
        label="Series"
        placeholder="All"
        searchable
        clearable
        limit={50}
        nothingFoundMessage="Nothing is called that"
        data={all.map(({ id, name }) => ({ value: id, label: name }))}
        value={chosen ?? null}
        onChange={(next) => onChange(next === null ? {} : { series: next })}
        w={{ base: "100%", xs: 300 }}
      />
    </Group>
  );
}
