// What is made of the points: an aggregate per window, and the tags that keep series apart.

import { MultiSelect, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type At, tags as tagsOf } from "../../api/explore";
import { type Aggregate, AGGREGATES } from "../../lib/exploreSearch";
import { useExplore } from "./useExplore";

const WINDOWS = ["1s", "10s", "30s", "1m", "5m", "15m", "30m", "1h", "6h", "12h", "1d", "7d"];

export function Shaping({ at, measurement }: { at: At; measurement: string }) {
  const { search, choose } = useExplore();
  const { aggregate, window, group = [] } = search;
  const tags = useQuery(tagsOf(at, measurement));
  const names = [...new Set([...(tags.data?.items ?? []), ...group])];
  return (
    <>
      <Select
        label="Points"
        className="explore-choice"
        allowDeselect={false}
        data={[{ value: "none", label: "As they are" }, ...Object.entries(AGGREGATES).map(([value, label]) => ({ value, label }))]}
        value={aggregate ?? "none"}
        onChange={(chosen) => choose({ aggregate: chosen === "none" ? undefined : (chosen as Aggregate) })}
      />
      {aggregate !== undefined && (
        <Select
          label="Window"
          className="explore-choice"
          allowDeselect={false}
          data={[{ value: "fits", label: "What fits" }, ...new Set([...WINDOWS, ...(window === undefined ? [] : [window])])]}
          value={window ?? "fits"}
          onChange={(chosen) => choose({ window: chosen === null || chosen === "fits" ? undefined : chosen })}
        />
      )}
      {names.length > 0 && (
        <MultiSelect
          label="Group by tag"
          className="explore-choice"
          maw={360}
          clearable
          placeholder={group.length > 0 ? "" : aggregate === undefined ? "Every series" : "None"}
          data={names}
          value={group}
          onChange={(chosen) => choose({ group: chosen })}
        />
      )}
    </>
  );
}
