// What narrows the list of backfills; all of it stands in the address.

import { Button, Group, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { seriesList } from "../../api/series";
import { BACKFILL_STATES, type BackfillSearch, type BackfillState } from "../../lib/backfills";

interface Props {
  search: BackfillSearch;
  /** Another choice begins at the newest again. */
  onChange: (search: BackfillSearch) => void;
}

export function BackfillFilters({ search: { series, state }, onChange }: Props) {
  const all = useQuery(seriesList).data ?? [];
  const chosen = all.find(({ id, name }) => id === series || name === series)?.id ?? series;
  const change = (next: { series: string | undefined; state: BackfillState | undefined }) =>
    onChange({ ...(next.series === undefined ? {} : { series: next.series }), ...(next.state === undefined ? {} : { state: next.state }) });
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
        onChange={(next) => change({ series: next ?? undefined, state })}
        w={{ base: "calc(50% - 5px)", xs: 220 }}
      />
      <Select
        label="State"
        placeholder="All"
        clearable
        data={[...BACKFILL_STATES]}
        value={state ?? null}
        onChange={(next) => change({ series, state: (next ?? undefined) as BackfillState | undefined })}
        w={{ base: "calc(50% - 5px)", xs: 140 }}
      />
      {(series !== undefined || state !== undefined) && (
        <Button variant="subtle" onClick={() => onChange({})}>
          Show all
        </Button>
      )}
    </Group>
  );
}
