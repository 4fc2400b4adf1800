// When: the last so-and-so-long, or from here to there.

import { Button, Group, Select, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useEffect } from "react";
import { DEFAULT_RANGE, fromLocalInput, isRange, localInput, RANGE_NAMES, RANGES, type Span, spanOf } from "../../lib/timeRange";
import { useExplore } from "./useExplore";

const CUSTOM = "custom";
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function RangeField() {
  const { search, change } = useExplore();
  const { range, from, to } = search;
  const custom = from !== undefined && to !== undefined ? { from, to } : undefined;
  return (
    <>
      <Select
        label="Time"
        className="explore-choice"
        allowDeselect={false}
        data={[...RANGE_NAMES.map((name) => ({ value: name as string, label: RANGES[name] })), { value: CUSTOM, label: "From … to …" }]}
        value={custom ? CUSTOM : (range ?? DEFAULT_RANGE)}
        onChange={(chosen) => {
          if (isRange(chosen)) change({ range: chosen, from: undefined, to: undefined });
          else if (chosen === CUSTOM && !custom) change(spanOf({ ...search }, Date.now()));
        }}
      />
      {custom && <CustomFields span={custom} onChange={change} />}
    </>
  );
}

function CustomFields({ span, onChange }: { span: Span; onChange: (span: Span) => void }) {
  const form = useForm({
    initialValues: fieldsOf(span),
    validate: {
      from: (from) => (fromLocalInput(from) === undefined ? "Give a day and a time" : null),
      to: (to, { from }) => {
        const [begin, end] = [fromLocalInput(from), fromLocalInput(to)];
        if (end === undefined) return "Give a day and a time";
        return begin !== undefined && end <= begin ? "Choose a time after the first" : null;
      },
    },
  });
  // Another stretch may come by the chart or by the browser's own way back.
  useEffect(() => {
    form.setValues(fieldsOf(span));
  }, [span.from, span.to]);
  return (
    <form
      onSubmit={form.onSubmit((values) => {
        const [from, to] = [fromLocalInput(values.from), fromLocalInput(values.to)];
        if (from !== undefined && to !== undefined) onChange({ from, to });
      })}
    >
      <Group align="flex-end" gap="xs">
        <TextInput type="datetime-local" step={1} w={236} label={`From (${ZONE})`} title={`${span.from}, in UTC`} {...form.getInputProps("from")} />
        <TextInput type="datetime-local" step={1} w={236} label={`To (${ZONE})`} title={`${span.to}, in UTC`} {...form.getInputProps("to")} />
        <Button type="submit" variant="default">
          Show
        </Button>
      </Group>
    </form>
  );
}

function fieldsOf({ from, to }: Span) {
  return { from: localInput(from), to: localInput(to) };
}
