// Values over time: drawn by uPlot, which is loaded when the first chart is shown, and told in a table for those who do not see it.

import { Box, Checkbox, Skeleton, Table, Text } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { count, instant } from "../lib/format";
import { figuresOf, measured } from "../lib/figures";
import { LoadedPart } from "./Broken";
import { ChartLegend } from "./ChartLegend";

export interface Line {
  label: string;
  /** What tells it from the other lines of this chart, where that is less than its label. */
  short?: string;
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
  /** Charts of the same name show the same instant under the pointer. */
  together?: string;
}

/** What is under the pointer: an instant, in seconds since 1970, and the line that is nearest. */
export interface Pointed {
  at: number;
  line: number | undefined;
}

const Canvas = lazy(() => import("./ChartCanvas"));

export function Chart(props: ChartProps) {
  const { label, times, lines, height = 260, format = measured } = props;
  // By their labels, so that a line stays hidden when the next values come.
  const [pointed, setPointed] = useState<Pointed>();
  const [standsOut, setStandsOut] = useState<number>();
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
      <Box mih={height}>
        <LoadedPart name="chart">
          <Suspense fallback={<Skeleton height={height} />}>
            <div aria-hidden>
              <Canvas {...props} height={height} hidden={hidden} standsOut={standsOut} onPointed={setPointed} />
            </div>
          </Suspense>
        </LoadedPart>
      </Box>
      <Reading lines={lines} times={times} hidden={hidden} pointed={pointed} format={format} />
      {lines.length > 1 && <ChartLegend label={label} lines={lines} hidden={hidden} onShow={show} onPoint={setStandsOut} />}
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

/** More values are not read at a glance: only that of the nearest line is told. */
const MOST_READ = 4;

/** The values under the pointer. For those who see it move; the figures tell the same to all. */
function Reading({ lines, times, hidden, pointed, format }: { lines: Line[]; times: number[]; hidden: ReadonlySet<string>; pointed: Pointed | undefined; format: (value: number | null) => string }) {
  const shown = lines.map((line, at) => ({ line, at })).filter(({ line, at }) => !hidden.has(line.label) && (lines.length <= MOST_READ || at === pointed?.line));
  const time = pointed && times[pointed.at];
  return (
    <Text size="xs" c="dimmed" className="chart-reading" aria-hidden>
      {pointed && time !== undefined && (
        <>
          {instant(new Date(time * 1_000).toISOString())}
          {shown.map(({ line, at }) => {
            const value = line.values[pointed.at];
            return value == null ? null : (
              <span key={at}>
                {" "}
                · {lines.length > 1 && `${line.short ?? line.label} `}
                <b>{format(value)}</b>
              </span>
            );
          })}
        </>
      )}
    </Text>
  );
}
