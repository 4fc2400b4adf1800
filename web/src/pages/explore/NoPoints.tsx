import { Button } from "@mantine/core";
import { IconZoomOut } from "@tabler/icons-react";
import { isOfRange } from "../../lib/exploreSearch";
import { DEFAULT_RANGE, RANGES, spanOf, stretched, wider } from "../../lib/timeRange";
import { Empty } from "../../ui/Empty";
import type { Asking } from "./useAsking";
import { useExplore } from "./useExplore";

/** How many times as long a stretch becomes that is already long. */
const WIDER = 12;

/** No row: most often the points are older. */
export function NoPoints({ asking }: { asking: Asking }) {
  const { search, change, choose } = useExplore();
  const { range, from, measurement, tags } = search;
  if (!isOfRange(asking.stands ?? "")) {
    return (
      <Empty icon={IconZoomOut} title="The answer has no rows">
        The query names its time itself, or none. Change it and run it again.
      </Empty>
    );
  }
  const title = from === undefined ? `No points in the ${RANGES[range ?? DEFAULT_RANGE].toLowerCase()}` : "No points in this time";
  return (
    <Empty
      icon={IconZoomOut}
      title={title}
      actions={
        <>
          {wider(search).map((name) => (
            <Button key={name} variant="default" onClick={() => change({ range: name, from: undefined, to: undefined })}>
              {RANGES[name]}
            </Button>
          ))}
          {(range === "30d" || from !== undefined) && (
            <Button variant="default" onClick={() => change(stretched(spanOf({ ...search }, Date.now()), WIDER))}>
              {WIDER} times as long
            </Button>
          )}
          {tags !== undefined && (
            <Button variant="default" onClick={() => choose({ tags: undefined })}>
              All values of all tags
            </Button>
          )}
        </>
      }
    >
      {measurement === undefined ? "What the query asks for" : measurement} may have points at other times. Look at a longer time
      {tags === undefined ? "." : ", or at more values of its tags."}
    </Empty>
  );
}
