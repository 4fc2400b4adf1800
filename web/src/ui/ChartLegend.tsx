// The lines of a chart by name: small, in few rows. One stop of the Tab key; the arrow keys go from line to line.

import { useComputedColorScheme } from "@mantine/core";
import { type KeyboardEvent, useState } from "react";
import { lineLook } from "../lib/lineLook";
import type { Line } from "./Chart";

interface Props {
  label: string;
  lines: Line[];
  hidden: ReadonlySet<string>;
  onShow: (line: string, isShown: boolean) => void;
  /** The line that stands out: its place. */
  onPoint: (at: number | undefined) => void;
}

export function ChartLegend({ label, lines, hidden, onShow, onPoint }: Props) {
  const scheme = useComputedColorScheme("light");
  const [stop, setStop] = useState(0);
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -lines.length, End: lines.length }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const to = Math.min(Math.max(stop + step, 0), lines.length - 1);
    setStop(to);
    event.currentTarget.querySelectorAll<HTMLElement>("button")[to]?.focus();
  };
  return (
    <div className="chart-legend" role="toolbar" aria-label={`Lines of ${label}`} onKeyDown={move} onMouseLeave={() => onPoint(undefined)}>
      {lines.map((line, at) => {
        const { stroke, dash } = lineLook(at, scheme);
        const isShown = !hidden.has(line.label);
        return (
          <button
            key={`${line.label} ${at}`}
            type="button"
            tabIndex={at === Math.min(stop, lines.length - 1) ? 0 : -1}
            aria-pressed={isShown}
            title={line.label}
            onClick={() => onShow(line.label, !isShown)}
            onMouseEnter={() => onPoint(at)}
            onFocus={() => {
              setStop(at);
              onPoint(at);
            }}
            onBlur={() => onPoint(undefined)}
          >
            <svg width={18} height={8} aria-hidden>
              <line x1={0} x2={18} y1={4} y2={4} stroke={stroke} strokeWidth={2.5} strokeDasharray={dash.join(" ")} />
            </svg>
            {line.short ?? line.label}
          </button>
        );
      })}
    </div>
  );
}
