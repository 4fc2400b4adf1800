// The drawn part of a chart: all that knows uPlot.

import "uplot/dist/uPlot.min.css";

import { useComputedColorScheme } from "@mantine/core";
import { useResizeObserver } from "@mantine/hooks";
import { useEffect, useMemo, useRef } from "react";
import uPlot from "uplot";
import { measured } from "../lib/figures";
import type { ChartProps } from "./Chart";

/** Colours that are told apart in light and dark and by those who confuse red and green (Okabe and Ito, 2008); lines also differ in their dashes. */
const COLOURS = {
  light: ["#0b7285", "#b34700", "#0060a8", "#8a3a74", "#00714f", "#7a5c00", "#444444"],
  dark: ["#3bbccd", "#ff9a4d", "#6fb7ee", "#e59bcb", "#35c79a", "#f0cf4a", "#cccccc"],
};
/** Per distance of the marks in seconds: what each says, what the first says besides, and what is said besides when the day or year changes. */
const TIMES = ([
  [365 * 86_400, "{YYYY}", null, null],
  [28 * 86_400, "{YYYY}-{MM}", null, null],
  [86_400, "{MM}-{DD}", "\n{YYYY}", null],
  [60, "{HH}:{mm}", "\n{YYYY}-{MM}-{DD}", "\n{MM}-{DD}"],
  [1, "{HH}:{mm}:{ss}", "\n{YYYY}-{MM}-{DD}", "\n{MM}-{DD}"],
  [0.001, "{HH}:{mm}:{ss}.{fff}", "\n{YYYY}-{MM}-{DD}", "\n{MM}-{DD}"],
] as const).map(([step, says, year, day]) => [step, says, year, null, day, null, null, null, 1]) as (string | number | null)[][];
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3]];

interface Props extends ChartProps {
  /** Labels of the lines that are not drawn. */
  hidden: ReadonlySet<string>;
  /** A line was clicked in the legend. */
  onShow: (label: string, isShown: boolean) => void;
}

export default function ChartCanvas({ times, lines, height = 260, format = measured, onZoom, hidden, onShow }: Props) {
  const scheme = useComputedColorScheme("light");
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const zoom = useRef(onZoom);
  zoom.current = onZoom;
  const told = useRef({ onShow, hidden });
  told.current = { onShow, hidden };
  const [measure, { width }] = useResizeObserver<HTMLDivElement>();
  const data = useMemo<uPlot.AlignedData>(() => [times, ...lines.map((line) => line.values)], [times, lines]);
  const labels = lines.map((line) => line.label).join("\n");
  const isWide = width > 0;

  // Another set of lines or another scheme is another chart; other values and another size are told to the one that stands.
  useEffect(() => {
    if (place.current === null || !isWide) return undefined;
    const [text, grid] = scheme === "dark" ? ["#c9c9c9", "#3a3a3a"] : ["#495057", "#e3e6e9"];
    const axis: uPlot.Axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
    const many = DASHES.length;
    const drawn = labels.split("\n").map((label, at): uPlot.Series => {
      const stroke = COLOURS[scheme][at % COLOURS[scheme].length] ?? text;
      const dash = DASHES[Math.floor(at / COLOURS[scheme].length) % many] ?? [];
      return { label, stroke, width: 2, dash, spanGaps: false, show: !told.current.hidden.has(label), value: (_, value) => format(value) };
    });
    const made = new uPlot(
      {
        width,
        height,
        series: [{ label: "Time", value: "{YYYY}-{MM}-{DD} {HH}:{mm}:{ss}" }, ...drawn],
        axes: [{ ...axis, values: TIMES }, { ...axis, size: 72, values: (_, marks) => marks.map(format) }],
        cursor: { drag: { x: zoom.current !== undefined, y: false, setScale: zoom.current === undefined } },
        legend: { live: true },
        hooks: {
          setSeries: [
            (self, at) => {
              const line = at === null ? undefined : self.series[at];
              if (line && typeof line.label === "string") told.current.onShow(line.label, line.show ?? true);
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
  }, [scheme, labels, height, isWide, format]);
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
