// How the time column is read: its form, its zone, and what becomes of times that clocks show twice or never.

import { Autocomplete, Grid, Group, NativeSelect, Select, Stack, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import { nextClockChange, zones } from "../../lib/zones";
import type { MappingDraft } from "./mappingDraft";

type Settings = Pick<MappingDraft, "format" | "pattern" | "zone" | "repeated" | "skipped">;

const FORMATS: { value: Settings["format"]; label: string }[] = [
  { value: "native", label: "As the database has it, or ISO 8601 text" },
  { value: "pattern", label: "Text by a pattern" },
  { value: "unix_s", label: "Seconds since 1970" },
  { value: "unix_ms", label: "Milliseconds since 1970" },
  { value: "unix_us", label: "Microseconds since 1970" },
  { value: "unix_ns", label: "Nanoseconds since 1970" },
];

/** Patterns that are met often, with what they read. */
const PATTERNS: Record<string, string> = {
  "%d.%m.%Y %H:%M:%S": "21.11.2026 14:05:00",
  "%d.%m.%Y": "21.11.2026",
  "%d/%m/%Y %H:%M": "21/11/2026 14:05",
  "%m/%d/%Y %I:%M %p": "11/21/2026 02:05 PM",
  "%Y/%m/%d %H:%M:%S": "2026/11/21 14:05:00",
  "%Y-%m-%d %H:%M:%S,%3f": "2026-11-21 14:05:00,250",
  "%Y%m%d": "20261121",
  "%Y%m%d%H%M%S": "20261121140500",
  "%d %b %Y %H:%M:%S": "21 Nov 2026 14:05:00",
  "%a, %d %b %Y %H:%M:%S %z": "Sat, 21 Nov 2026 14:05:00 +0100",
};

export interface TimeSample {
  value: string;
  /** Undefined while its row makes no point. */
  time: string | undefined;
}

interface Props {
  column: string;
  draft: Settings;
  errors: Record<string, string | undefined>;
  onChange: (change: Partial<Settings>) => void;
  /** A value of the column and the time that it becomes, once there is one. */
  sample: TimeSample | undefined;
}

export function TimePart({ column, draft, errors, onChange, sample }: Props) {
  const { format, pattern, zone, repeated, skipped } = draft;
  const choices = useMemo(() => [...new Set([...zones(), zone])], [zone]);
  const [now] = useState(Date.now);
  const hasZone = format === "native" || format === "pattern";
  const changesClocks = useMemo(() => nextClockChange(zone, now) !== undefined, [zone, now]);
  const asksForClocks = hasZone && (changesClocks || repeated !== "earlier" || skipped !== "reject");
  const span = { base: 12, xs: 6, md: asksForClocks && format === "native" ? 3 : 4 };
  return (
    <Stack gap={6}>
      <Grid gap="sm">
        <Grid.Col span={span}>
          <NativeSelect
            label={`How ${column} is read`}
            data={FORMATS}
            value={format}
            error={errors["mapping.time"]}
            data-path="mapping.time"
            onChange={(event) => onChange({ format: event.currentTarget.value as Settings["format"] })}
          />
        </Grid.Col>
        {format === "pattern" && (
          <Grid.Col span={span}>
            <Autocomplete
              label="Pattern"
              required
              placeholder="%d.%m.%Y %H:%M:%S"
              data={Object.keys(PATTERNS)}
              filter={({ options }) => options}
              renderOption={({ option }) => (
                <Group gap="xs" justify="space-between" w="100%">
                  <span className="mono">{option.value}</span>
                  <Text size="xs" c="dimmed">
                    {PATTERNS[option.value]}
                  </Text>
                </Group>
              )}
              comboboxProps={{ width: "min(420px, calc(100vw - 32px))", position: "bottom-start" }}
              value={pattern}
              error={errors["mapping.time.pattern"]}
              data-path="mapping.time.pattern"
              classNames={{ input: "mono" }}
              spellCheck={false}
              onChange={(written) => onChange({ pattern: written })}
            />
          </Grid.Col>
        )}
        {hasZone && (
          <Grid.Col span={span}>
            <Select
              label="Zone of times that carry none"
              searchable
              limit={60}
              data={choices}
              value={zone}
              allowDeselect={false}
              onChange={(chosen) => onChange({ zone: chosen ?? "UTC" })}
            />
          </Grid.Col>
        )}
        {asksForClocks && (
          <>
            <Grid.Col span={span}>
              <NativeSelect
                label="A time that clocks show twice"
                data={[
                  { value: "earlier", label: "is the earlier one" },
                  { value: "later", label: "is the later one" },
                  { value: "reject", label: "rejects its row" },
                ]}
                value={repeated}
                onChange={(event) => onChange({ repeated: event.currentTarget.value as Settings["repeated"] })}
              />
            </Grid.Col>
            <Grid.Col span={span}>
              <NativeSelect
                label="A time that clocks skip"
                data={[
                  { value: "reject", label: "rejects its row" },
                  { value: "shift", label: "is moved on: 02:30 is 03:30" },
                ]}
                value={skipped}
                onChange={(event) => onChange({ skipped: event.currentTarget.value as Settings["skipped"] })}
              />
            </Grid.Col>
          </>
        )}
      </Grid>
      {sample !== undefined && (format !== "native" || zone !== "UTC") && (
        <Text size="xs" c="dimmed" role="status" aria-label="How the first row's time is read">
          <span className="mono">{sample.value}</span> {sample.time === undefined ? "is not read yet" : <>is read as <span className="mono">{sample.time}</span></>}
        </Text>
      )}
      {format === "pattern" && (
        <Text size="xs" c="dimmed">
          %Y year, %m month, %d day, %H hour, %M minute, %S second, %.f fraction, %z offset, %b name of the month, %I %p hour of twelve.
        </Text>
      )}
    </Stack>
  );
}
