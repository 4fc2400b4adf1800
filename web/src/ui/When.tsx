import { Tooltip } from "@mantine/core";
import { useInterval } from "@mantine/hooks";
import { useState } from "react";
import { fromNow, instant } from "../lib/format";

/** An instant: near ones by their distance, all with the viewer's time and the exact UTC on hover and focus. */
export function When({ at, absolute = false }: { at: string; absolute?: boolean }) {
  const [now, setNow] = useState(() => Date.now());
  useInterval(() => setNow(Date.now()), 10_000, { autoInvoke: !absolute });
  return (
    <Tooltip label={`${instant(at)} here · ${at}`} events={{ hover: true, focus: true, touch: true }}>
      <time dateTime={at} tabIndex={0}>
        {absolute ? instant(at) : fromNow(at, now)}
      </time>
    </Tooltip>
  );
}
