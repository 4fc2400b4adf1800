// What narrows the run list; all of it stands in the address.

import { Button, Group, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { groupList } from "../../api/groups";
import { seriesList } from "../../api/series";
import { fromLocalInput, localInput, narrowing, type Range, RUN_STATUSES, type RunSearch, type RunStatus } from "../../lib/runSearch";

const TIMES = [
  { value: "1h", label: "Last hour" },
  { value: "24h", label: "Last 24 hours" },
  { value: "7d", label: "Last 7 days" },
  { value: "between", label: "Between …" },
];

interface Props {
  search: RunSearch;
  /** Another choice begins at the newest run again. */
  onChange: (search: RunSearch) => void;
}

export function RunFilters({ search, onChange }: Props) {
  const series = useQuery(seriesList).data ?? [];
  const groups = useQuery(groupList).data ?? [];
  const change = (some: Partial<RunSearch>) => {
    const { before: _, ...rest } = { ...search, ...some };
    onChange(Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as RunSearch);
  };
  const isBetween = search.range === undefined && (search.since !== undefined || search.until !== undefined);
  return (
    <Group gap="xs" mb="sm" align="flex-end" role="search" aria-label="Narrow the list">
      <Select
        label="Series"
        placeholder="All"
        searchable
        clearable
        limit={50}
        nothingFoundMessage="Nothing is called that"
        data={series.map(({ id, name }) => ({ value: id, label: name }))}
        value={chosen(series, search.series)}
        onChange={(value) => change({ series: value ?? undefined })}
        w={{ base: "calc(50% - 5px)", xs: 220 }}
      />
      <Select
        label="Group"
        placeholder="All"
        searchable
        clearable
        limit={50}
        nothingFoundMessage="Nothing is called that"
        data={groups.map(({ id, name }) => ({ value: id, label: name }))}
        value={chosen(groups, search.group)}
        onChange={(value) => change({ group: value ?? undefined })}
        w={{ base: "calc(50% - 5px)", xs: 180 }}
      />
      <Select
        label="Status"
        placeholder="All"
        clearable
        data={[...RUN_STATUSES]}
        value={search.status ?? null}
        onChange={(value) => change({ status: (value ?? undefined) as RunStatus | undefined })}
        w={{ base: "calc(50% - 5px)", xs: 140 }}
      />
      <Select
        label="Put in line"
        placeholder="Any time"
        clearable
        data={TIMES}
        value={isBetween ? "between" : (search.range ?? null)}
        onChange={(value) => {
          if (value === "between") change({ range: undefined, since: new Date(Date.now() - 86_400_000).toISOString(), until: undefined });
          else change({ range: (value ?? undefined) as Range | undefined, since: undefined, until: undefined });
        }}
        w={{ base: "calc(50% - 5px)", xs: 150 }}
      />
      {isBetween && (
        <>
          <TextInput
            type="datetime-local"
            label="From"
            value={localInput(search.since)}
            onChange={(event) => change({ since: fromLocalInput(event.currentTarget.value) })}
          />
          <TextInput
            type="datetime-local"
            label="Until"
            value={localInput(search.until)}
            onChange={(event) => change({ until: fromLocalInput(event.currentTarget.value) })}
          />
        </>
      )}
      {narrowing(search) > 0 && (
        <Button variant="subtle" onClick={() => onChange({})}>
          Show all
        </Button>
      )}
    </Group>
  );
}

/** The id of what the address names by id or name; what is not known stays as it is. */
function chosen(all: { id: string; name: string }[], reference: string | undefined): string | null {
  if (reference === undefined) return null;
  return all.find((one) => one.id === reference || one.name === reference)?.id ?? reference;
}
