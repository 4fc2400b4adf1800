import { Button, Grid, Group, NativeSelect, Select, Stack, Text, TextInput } from "@mantine/core";
import { useMemo } from "react";
import type { ResultColumn, TimeFormat } from "../../lib/roles";
import { zones } from "../../lib/zones";
import { columnOf, type Draft } from "./draft";

const FORMATS: { value: TimeFormat; label: string }[] = [
  { value: "native", label: "As the database has it, or ISO 8601 text" },
  { value: "unix_s", label: "Seconds since 1970" },
  { value: "unix_ms", label: "Milliseconds since 1970" },
  { value: "unix_us", label: "Microseconds since 1970" },
  { value: "unix_ns", label: "Nanoseconds since 1970" },
];

const NO_TIMES: ReadonlySet<string> = new Set(["boolean", "bytes", "time", "uuid", "json"]);

interface Props {
  draft: Draft;
  errors: Record<string, string | undefined>;
  onChange: (change: Partial<Draft>) => void;
  /** The measurement is to be fixed again. */
  onFixed: () => void;
  /** The columns that can be the time. */
  columns: readonly ResultColumn[];
  onTime: (column: string) => void;
}

/** The measurement, and where the time of a point comes from. */
export function PointPart({ draft, errors, onChange, onFixed, columns, onTime }: Props) {
  const measurement = columnOf(draft, "measurement");
  const time = columnOf(draft, "time");
  const choices = useMemo(() => [...new Set([...zones(), draft.zone])], [draft.zone]);
  return (
    <Stack gap="sm">
      {measurement === undefined ? (
        <TextInput
          label="Measurement"
          required
          maw={420}
          description="The same for all points. Or let a column say it: choose Measurement in its chip."
          value={draft.measurement}
          error={errors["mapping.measurement"]}
          data-path="mapping.measurement"
          onChange={(event) => onChange({ measurement: event.currentTarget.value })}
        />
      ) : (
        <Group gap="xs">
          <Text size="sm">
            The measurement comes from the column <b>{measurement}</b>, row by row.
          </Text>
          <Button size="compact-sm" variant="default" onClick={onFixed} data-path="mapping.measurement">
            Same for all points
          </Button>
        </Group>
      )}
      {time === undefined && draft.mode === "incremental" ? (
        <Select
          label="Time of a point"
          required
          maw={420}
          searchable
          placeholder="Choose a column"
          description="Only new rows: a row that is read again after a fault must become the same point, so its time is its own and not the slot's."
          data={columns.filter(({ kind }) => !NO_TIMES.has(kind)).map(({ name }) => name)}
          value={null}
          onChange={(name) => name !== null && onTime(name)}
          error={errors["mapping.time"]}
          data-path="mapping.time"
          nothingFoundMessage="No column is called that"
        />
      ) : time === undefined ? (
        <Text size="sm">Points get the slot's time. If a column has the time, choose Time in its chip.</Text>
      ) : (
        <Grid gap="sm">
          <Grid.Col span={{ base: 12, xs: 6 }} maw={420}>
            <NativeSelect
              label={`How ${time} is read`}
              data={FORMATS}
              value={draft.format}
              error={errors["mapping.time"]}
              data-path="mapping.time"
              onChange={(event) => onChange({ format: event.currentTarget.value as TimeFormat })}
            />
          </Grid.Col>
          {draft.format === "native" && (
            <Grid.Col span={{ base: 12, xs: 6 }} maw={420}>
              <Select
                label="Zone of times that carry none"
                searchable
                limit={60}
                data={choices}
                value={draft.zone}
                allowDeselect={false}
                onChange={(zone) => onChange({ zone: zone ?? "UTC" })}
              />
            </Grid.Col>
          )}
        </Grid>
      )}
      {draft.others === "field" ? (
        <Text size="xs" c="dimmed">
          Every other column is a field, also one that the query gains later.
        </Text>
      ) : (
        <Text size="xs" c="dimmed">
          Only the columns that are marked so are fields: one that the query gains later is not written.
        </Text>
      )}
    </Stack>
  );
}
