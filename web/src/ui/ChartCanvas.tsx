// The drawn part of a chart: all that knows uPlot.

import "uplot/dist/uPlot.min.css";

import { useComputedColorScheme } from "@mantine/core";
import { useResizeObserver } from "@mantine/hooks";
import { useEffect, useMemo, useRef } from "react";
import uPlot from "uplot";
import { measured } from "../lib/figures";
import { alone, hasCircles, lineLook } from "../lib/lineLook";
import type { ChartProps, Pointed } from "./Chart";

/** Per distance of the marks in seconds: what each says, what the first says besides, and what is said besides when the day or year changes. */
const TIMES = ([
  [365 * 86_400, "{YYYY}", null, null],
  [28 * 86_400, "{YYYY}-{MM}", null, null],
  [86_400, "{MM}-{DD}", "\n{YYYY}", null],
  [60, "{HH}:{mm}", "\n{YYYY}-{MM}-{DD}", "\n{MM}-{DD}"],
  [1, "{HH}:{mm}:{ss}", "\n{YYYY}-{MM}-{DD}", "\n{MM}-{DD}"],
  [0.001, "{HH}:{mm}:{ss}.{fff}", "\n{YYYY}-{MM}-{DD}", "\n{MM}-{DD}"],
] as const).map(([step, says, year, day]) => [step, says, year, null, day, null, null, null, 1]) as (string | number | null)[][];

interface Props extends ChartProps {
  /** Labels of the lines that are not drawn. */
  hidden: ReadonlySet<string>;
  /** The line before which the others step back. */
  standsOut: number | undefined;
  onPointed: (pointed: Pointed | undefined) => void;
}

export default function ChartCanvas({ times, lines, height = 260, format = measured, onZoom, together, hidden, standsOut, onPointed }: Props) {
  const scheme = useComputedColorScheme("light");
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const zoom = useRef(onZoom);
  zoom.current = onZoom;
  const told = useRef({ onPointed, hidden, lines });
  told.current = { onPointed, hidden, lines };
  /** The line that is nearest to the pointer, as uPlot counts. */
  const near = useRef<number>(undefined);
  const [measure, { width }] = useResizeObserver<HTMLDivElement>();
  const data = useMemo<uPlot.AlignedData>(() => [times, ...lines.map((line) => line.values)], [times, lines]);
  const labels = lines.map((line) => line.label).join("\n");
  const isWide = width > 0;

  // Another set of lines or another scheme is another chart; other values and another size are told to the one that stands.
  useEffect(() => {
    if (place.current === null || !isWide) return undefined;
    const [text, grid] = scheme === "dark" ? ["#c9c9c9", "#3a3a3a"] : ["#495057", "#e3e6e9"];
    const axis: uPlot.Axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
    const valuesAt = (at: number) => told.current.lines[at - 1]?.values ?? [];
    const drawn = labels.split("\n").map((label, at): uPlot.Series => ({
      label,
      ...lineLook(at, scheme),
      width: 2,
      spanGaps: false,
      show: !told.current.hidden.has(label),
      points: {
        size: 5,
        show: () => hasCircles(told.current.lines.map(({ values }) => values)),
        filter: (_, of, isShown) => (isShown ? null : alone(valuesAt(of))),
      },
    }));
    const made = new uPlot(
      {
        width,
        height,
        // The last word of the axis of time is whole.
        padding: [8, 32, 0, 0],
        series: [{ label: "Time", value: "{YYYY}-{MM}-{DD} {HH}:{mm}:{ss}" }, ...drawn],
        axes: [{ ...axis, values: TIMES }, { ...axis, size: 72, values: (_, marks) => marks.map(format) }],
        cursor: {
          drag: { x: zoom.current !== undefined, y: false, setScale: zoom.current === undefined },
          focus: { prox: 24 },
          // What is dragged belongs to one chart; the pointer to all of them.
          ...(together === undefined ? {} : { sync: { key: together, setSeries: false, filters: { pub: (type: string) => type === "mousemove" || type === "mouseleave", sub: () => true } } }),
        },
        focus: { alpha: 0.2 },
        legend: { show: false },
        hooks: {
          setCursor: [
            (self) => {
              const at = self.cursor.idx;
              const line = self.series.findIndex((one, place) => place > 0 && near.current === place && one.show !== false);
              told.current.onPointed(at == null || (self.cursor.left ?? -1) < 0 ? undefined : { at, line: line < 1 ? undefined : line - 1 });
            },
          ],
          setSeries: [
            (_, at) => {
              near.current = at ?? undefined;
            },
          ],
          setSelect: [
            (self) => {
              if (self.select.width < 4) return;
              const from = self.posToVal(self.select.left, "x");
              zoom.current?.(from, self.posToVal(self.select.left + self.select.width, "x"));
              self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            },
          ],
        },
      },
      data,
      place.current,
    );
    chart.current = made;
    return () => {
      chart.current = undefined;
      made.destroy();
    };
    // `width` and `data` change the chart in place, below.
  }, [scheme, labels, height, isWide, format, together]);
  useEffect(() => {
    chart.current?.setSeries(standsOut === undefined ? null : standsOut + 1, { focus: true });
  }, [standsOut]);
  useEffect(() => {
    for (const [at, line] of (chart.current?.series ?? []).entries()) {
      const isShown = typeof line.label === "string" && !hidden.has(line.label);
      if (at > 0 && line.show !== isShown) chart.current?.setSeries(at, { show: isShown });
    }
  }, [hidden]);
  useEffect(() => {
    if (width > 0) chart.current?.setSize({ width, height });
  }, [width, height]);
  useEffect(() => chart.current?.setData(data), [data]);
  return (
    <div ref={measure} style={{ width: "100%" }}>
      <div ref={place} />
    </div>
  );
}
