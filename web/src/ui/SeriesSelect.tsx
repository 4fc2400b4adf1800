import { Select } from "@mantine/core";

interface Props {
  all: readonly { id: string; name: string }[];
  /** The identifier of the one that is chosen. */
  value: string | undefined;
  onChange: (id: string | undefined) => void;
}

/** Of which series something is to begin. */
export function SeriesSelect({ all, value, onChange }: Props) {
  return (
    <Select
      label="Series"
      required
      searchable
      maw={420}
      limit={50}
      placeholder={all.length === 0 ? "There is no series yet" : "Choose a series"}
      nothingFoundMessage="Nothing is called that"
      data={all.map(({ id, name }) => ({ value: id, label: name }))}
      value={value ?? null}
      onChange={(next) => onChange(next ?? undefined)}
    />
  );
}
