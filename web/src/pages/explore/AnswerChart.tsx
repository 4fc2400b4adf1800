import { Button, Group, Select, Stack, Switch, Text } from "@mantine/core";
import { IconZoomOut } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { count } from "../../lib/format";
import { type ChartLines, MAX_LINES } from "../../lib/frames";
import type { Span } from "../../lib/timeRange";
import { type Unit, UNITS, withUnit } from "../../lib/units";
import { Chart } from "../../ui/Chart";

/** More charts than these are not looked at together: then all fields share one until somebody asks for more. */
const MOST_APART = 6;

interface Props {
  drawn: ChartLines;
  label: string;
  onZoom: (span: Span) => void;
  onZoomOut: () => void;
}

/** The numbers of an answer over time. */
export function AnswerChart({ drawn, label, onZoom, onZoomOut }: Props) {
  const [unit, setUnit] = useState<Unit>("none");
  const [chosen, setApart] = useState<boolean>();
  const fields = useMemo(() => [...new Set(drawn.lines.map(({ field }) => field))], [drawn]);
  // Fields are of different sizes more often than not: on one axis the small one is a flat line.
  const apart = fields.length > 1 && (chosen ?? fields.length <= MOST_APART);
  const charts = useMemo(() => {
    if (!apart) return [{ label, field: undefined, lines: drawn.lines.map((line) => ({ ...line, short: [fields.length > 1 || line.of === "" ? line.field : "", line.of].filter((word) => word !== "").join(" · ") })) }];
    return fields.map((field) => ({
      label: `${label}: ${field}`,
      field,
      lines: drawn.lines.filter((line) => line.field === field).map((line) => ({ ...line, short: line.of === "" ? field : line.of })),
    }));
  }, [apart, fields, drawn, label]);
  const format = useMemo(() => (value: number | null) => withUnit(value, unit), [unit]);
  const zoom = (from: number, to: number) => {
    onZoom({ from: new Date(from * 1_000).toISOString(), to: new Date(Math.max(to * 1_000, from * 1_000 + 1)).toISOString() });
  };
  return (
    <Stack gap="sm">
      <Group gap="md">
        <Select
          aria-label="Unit"
          size="xs"
          w={190}
          allowDeselect={false}
          data={Object.entries(UNITS).map(([value, name]) => ({ value, label: value === "none" ? "Unit: none" : name }))}
          value={unit}
          onChange={(chosen) => chosen !== null && setUnit(chosen as Unit)}
        />
        {fields.length > 1 && (
          <Switch size="sm" label="One chart per field" checked={apart} onChange={(event) => setApart(event.currentTarget.checked)} />
        )}
        <Button size="xs" variant="default" leftSection={<IconZoomOut size={16} aria-hidden />} onClick={onZoomOut}>
          Zoom out
        </Button>
        <Text size="xs" c="dimmed">
          Drag over the chart to zoom in.
        </Text>
      </Group>
      {drawn.all > MAX_LINES && (
        <Text size="sm">
          Only {count(MAX_LINES)} of {count(drawn.all)} lines are drawn. Group by fewer tags, or choose some of their values.
        </Text>
      )}
      {charts.map((chart) => (
        <div key={chart.label}>
          {chart.field !== undefined && (
            <Text size="sm" fw={600} className="wrap">
              {chart.field}
            </Text>
          )}
          <Chart
            label={chart.label}
            times={drawn.times}
            lines={chart.lines}
            height={charts.length > 1 ? 200 : 320}
            format={format}
            onZoom={zoom}
            {...(charts.length > 1 ? { together: "explore" } : {})}
          />
        </div>
      ))}
    </Stack>
  );
}
