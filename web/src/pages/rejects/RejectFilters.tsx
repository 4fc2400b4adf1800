// What narrows the list of rejects; all of it stands in the address.

import { Button, Group, Select } from "@mantine/core";
import type { RejectCount } from "../../api/rejects";
import { count } from "../../lib/format";
import type { RejectSearch } from "../../lib/rejectSearch";

interface Props {
  search: RejectSearch;
  counts: readonly RejectCount[];
  onChange: (search: RejectSearch) => void;
}

export function RejectFilters({ search, counts, onChange }: Props) {
  const chosen = counts.find(({ series_id: id, series_name: name }) => id === search.series || name === search.series)?.series_id ?? search.series;
  const known = counts.map(({ series_id: value, series_name: name, rejects }) => ({ value, label: `${name} (${count(rejects)})` }));
  const data = chosen === undefined || known.some(({ value }) => value === chosen) ? known : [...known, { value: chosen, label: `${chosen} (none)` }];
  return (
    <Group gap="xs" mb="sm" align="flex-end" role="search" aria-label="Narrow the list">
      <Select
        label="Series"
        placeholder="All"
        searchable
        clearable
        limit={50}
        nothingFoundMessage="No series with rejects is called that"
        data={data}
        value={chosen ?? null}
        onChange={(series) => onChange(series === null ? {} : { series })}
        w={{ base: "100%", xs: 300 }}
      />
      {(search.series !== undefined || search.run !== undefined) && (
        <Button variant="subtle" onClick={() => onChange({})}>
          Show all
        </Button>
      )}
    </Group>
  );
}
