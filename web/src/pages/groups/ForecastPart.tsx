import { Loader, Stack, Text } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { type Forecast, wordsOf } from "../../api/groups";
import { isFixed } from "../../lib/cron";
import { count } from "../../lib/format";
import { localTime, nextClockChange } from "../../lib/zones";
import { Fires } from "../../ui/Fires";
import { draftForecast } from "./data";

/** The schedule in words and its next five slots, all from the server. */
export function ForecastPart({ spec, forecast, loading, stale }: { spec: Schemas["Group"]; forecast: Forecast | undefined; loading: boolean; stale: boolean }) {
  const zone = spec.time_zone ?? "UTC";
  return (
    <Stack gap="sm" style={{ opacity: stale ? 0.6 : 1 }}>
      <Text fw={600} role="status">
        {forecast ? wordsOf(forecast.words) : "No slots yet"} {loading && <Loader size={12} aria-label="Asking for the next slots" ml={6} />}
      </Text>
      {forecast && <Fires fires={forecast.slots} zone={zone} />}
      {forecast && <ClockChange spec={spec} />}
    </Stack>
  );
}

const HOUR_MS = 3_600_000;
const NOTES = 3;

/** What the next clock change of the zone does to the schedule. */
function ClockChange({ spec }: { spec: Schemas["Group"] }) {
  const zone = spec.time_zone ?? "UTC";
  const [now] = useState(() => Date.now());
  const cron = "cron" in spec.schedule ? spec.schedule.cron : undefined;
  const change = cron === undefined ? undefined : nextClockChange(zone, now);
  // A repeated hour begins an hour before the change.
  const after = change && new Date(change.at.getTime() - HOUR_MS - 1_000).toISOString();
  const { data } = useQuery(draftForecast({ ...spec, count: 200, ...(after === undefined ? {} : { after }) }, after !== undefined));
  if (cron === undefined) return <Hint>An interval knows no time zone and no clock change.</Hint>;
  if (!change) return <Hint>{zone} knows no clock change.</Hint>;
  const near = data?.slots.filter(({ at, note }) => note != null && Date.parse(at) < change.at.getTime() + 24 * HOUR_MS) ?? [];
  return (
    <Hint>
      The clocks of {zone} next go {change.forward ? "forward" : "back"} on {localTime(change.at, zone).slice(0, 10)}.{" "}
      {near.length === 0
        ? isFixed(cron)
          ? "That touches no slot. A local time that a clock change skips would be the first instant after it; one that it repeats, the first of the two."
          : "The line fires whenever the local clock shows a time that it names: through both copies of a repeated hour, and not at all in a skipped one."
        : null}
      {near.slice(0, NOTES).map(({ at, local, note }) => (
        <Text key={at} size="sm" component="div">
          {local}: {note}
        </Text>
      ))}
      {near.length > NOTES && (
        <Text size="sm" component="div">
          and {count(near.length - NOTES)} more slots of the repeated hour
        </Text>
      )}
    </Hint>
  );
}

function Hint({ children }: { children: React.ReactNode }) {
  return (
    <Text size="sm" c="dimmed" component="div" maw={640} style={{ display: "flex", gap: 8 }}>
      <IconInfoCircle size={16} aria-hidden style={{ flexShrink: 0, marginTop: 2 }} />
      <div>{children}</div>
    </Text>
  );
}
