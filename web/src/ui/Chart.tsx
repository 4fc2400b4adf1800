// Values over time: drawn by uPlot, which is loaded when the first chart is shown, and told in a table for those who do not see it.

import { Box, Checkbox, Skeleton, Table, Text } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { count, instant } from "../lib/format";
import { figuresOf, measured } from "../lib/figures";

export interface Line {
  label: string;
  /** One per instant; null where one is missing, undefined where the instant is only of other lines and the line goes on. */
  values: (number | null | undefined)[];
}

export interface ChartProps {
  /** What is shown, for screen readers: `orders of the last hour`. */
  label: string;
  /** Instants in seconds since 1970, ascending. */
  times: number[];
  lines: Line[];
  height?: number;
  /** A value as it is told; at most six significant digits unless another way is given. */
  format?: (value: number | null) => string;
  /** A stretch that was chosen by dragging over the chart, in seconds since 1970. */
  onZoom?: (from: number, to: number) => void;
}

const Canvas = lazy(() => import("./ChartCanvas"));

export function Chart(props: ChartProps) {
  const { label, times, lines, height = 260, format = measured } = props;
  // By their labels, so that a line stays hidden when the next values come.
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const show = (line: string, isShown: boolean) => {
    setHidden((before) => {
      if (before.has(line) !== isShown) return before;
      const after = new Set(before);
      if (isShown) after.delete(line);
      else after.add(line);
      return after;
    });
  };
  const [first, last] = [times[0], times[times.length - 1]];
  if (first === undefined || last === undefined || lines.length === 0) return <Text c="dimmed">No points in this time</Text>;
  const span = `${instant(new Date(first * 1_000).toISOString())} to ${instant(new Date(last * 1_000).toISOString())}`;
  return (
    <figure className="chart" aria-label={label}>
      <Box aria-hidden mih={height}>
        <Suspense fallback={<Skeleton height={height} />}>
          <Canvas {...props} height={height} hidden={hidden} onShow={show} />
        </Suspense>
      </Box>
      <details>
        <summary>The chart in figures</summary>
        <div className="scrolls" tabIndex={0} role="region" aria-label={`Figures of ${label}`}>
          <Table captionSide="top">
            <Table.Caption>
              {label}: {count(times.length)} instants, {span}
            </Table.Caption>
            <Table.Thead>
              <Table.Tr>
                {["Line", "Points", "Least", "Mean", "Most", "Last"].map((head) => (
                  <Table.Th key={head} scope="col">
                    {head}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {lines.map((line, at) => {
                const figures = figuresOf(line.values);
                return (
                  <Table.Tr key={`${line.label} ${at}`}>
                    <Table.Th scope="row" className="wrap">
                      {lines.length === 1 ? (
                        line.label
                      ) : (
                        <Checkbox
                          label={line.label}
                          checked={!hidden.has(line.label)}
                          onChange={(event) => show(line.label, event.currentTarget.checked)}
                        />
                      )}
                    </Table.Th>
                    <Table.Td>{count(figures.count)}</Table.Td>
                    <Table.Td>{format(figures.least)}</Table.Td>
                    <Table.Td>{format(figures.mean)}</Table.Td>
                    <Table.Td>{format(figures.most)}</Table.Td>
                    <Table.Td>{format(figures.last)}</Table.Td>
                  </Table.Tr>
                );
              })}
            </Table.Tbody>
          </Table>
        </div>
      </details>
    </figure>
  );
}
