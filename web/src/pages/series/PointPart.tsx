import { Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import type { ResultColumn } from "../../lib/roles";
import type { Draft } from "./draft";
import { columnOf } from "./mappingDraft";
import { TimePart, type TimeSample } from "./TimePart";

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
  /** A value of the time column, and the time that it becomes. */
  sample: TimeSample | undefined;
}

/** The measurement, and where the time of a point comes from. */
export function PointPart({ draft, errors, onChange, onFixed, columns, onTime, sample }: Props) {
  const measurement = columnOf(draft, "measurement");
  const time = columnOf(draft, "time");
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
        <TimePart column={time} draft={draft} errors={errors} onChange={onChange} sample={sample} />
      )}
      {draft.field_patterns.length > 0 && draft.others === "unused" ? null : draft.others === "field" ? (
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
