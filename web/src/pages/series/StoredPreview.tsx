import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Series } from "../../api/series";
import { Section } from "../../ui/Section";
import { storedPreview } from "./data";
import { draftOf } from "./draft";
import { MappingPart } from "./MappingPart";
import type { PreviewOptions } from "./usePreview";

/** What a run of the stored series would read and write now. */
export function StoredPreview({ series }: { series: Series }) {
  const [options, setOptions] = useState<PreviewOptions>({ limit: 20, slot: undefined });
  const settings = { limit: options.limit, ...(options.slot === undefined ? {} : { slot: options.slot }) };
  const { data, error, isFetching, isPlaceholderData, refetch } = useQuery({ ...storedPreview(series, settings), placeholderData: (before) => before });
  const draft = useMemo(() => draftOf(series), [series]);
  const values = useMemo(() => data?.rows.map((row) => row.values) ?? [], [data]);
  const shown = error ? undefined : data;
  return (
    <Section title="Preview" about="The first rows as they are now, and the lines that a run would send. Nothing is written.">
      <MappingPart
        draft={draft}
        live={{
          columns: shown?.columns ?? [], values: shown ? values : [], preview: shown, lines: shown?.rows ?? [], complete: shown?.complete ?? false,
          stale: isPlaceholderData, loading: isFetching, error: error ?? undefined, retry: () => void refetch(),
        }}
        options={options}
        onOptions={setOptions}
        quiet={false}
      />
    </Section>
  );
}
