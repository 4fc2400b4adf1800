// A row of small bars, one per value, oldest first. Plain SVG.

import { Text } from "@mantine/core";
import { type KeyboardEvent, useState } from "react";

/** How a bar looks; each look differs in form, not in colour alone. */
export type BarLook = "full" | "hollow" | "striped" | "cross";

export interface Bar {
  /** What it stands for, among the bars: it keeps the focus when others come before or behind it. */
  id: string;
  value: number;
  /** The bar in words: `20:15, 12 rows, succeeded`. */
  label: string;
  look: BarLook;
}

interface Props {
  bars: Bar[];
  /** What the bars are: `Rows of the last 40 runs`. */
  label: string;
  height?: number;
  /** What a click or Enter on a bar opens. */
  onOpen?: (id: string) => void;
  /** The bar that the page is about. */
  current?: string;
  /** Whether the bar that is looked at is told in a line below; a small one among others tells it by a tooltip of the browser. */
  told?: boolean;
}

const WIDTH = 9;
const GAP = 3;
const LEAST = 6;

const FILL: Record<BarLook, string> = {
  full: "var(--mantine-primary-color-filled)",
  hollow: "none",
  striped: "var(--mantine-color-yellow-filled)",
  cross: "none",
};
const STROKE: Record<BarLook, string> = {
  full: "none",
  hollow: "var(--mantine-color-dimmed)",
  striped: "none",
  cross: "var(--mantine-color-red-filled)",
};

/** The bars. With `onOpen` they are one stop of the Tab key; the arrow keys go from bar to bar. */
export function Sparkline({ bars, label, height = 44, onOpen, current, told: tells = true }: Props) {
  const [at, setAt] = useState<string>();
  const most = Math.max(1, ...bars.map((bar) => bar.value));
  const told = bars.find(({ id }) => id === at);
  const focusable = bars.findIndex(({ id }) => id === (told?.id ?? current ?? bars[bars.length - 1]?.id));
  const move = (event: KeyboardEvent<SVGSVGElement>) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -bars.length, End: bars.length }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.currentTarget.querySelectorAll<SVGGElement>("[data-bar]")[Math.min(Math.max(focusable + step, 0), bars.length - 1)]?.focus();
  };
  return (
    <div className="sparkline">
      <div className="sparkline-bars">
        <svg
          width={Math.max(bars.length * (WIDTH + GAP), 1)}
          height={height}
          role={onOpen ? "group" : "img"}
          aria-label={label}
          onKeyDown={onOpen ? move : undefined}
          onMouseLeave={() => setAt(undefined)}
        >
          {bars.map((bar, index) => {
            const tall = Math.max((bar.value / most) * (height - 4), LEAST);
            const x = index * (WIDTH + GAP) + 1;
            const acts = onOpen && {
              role: "link",
              tabIndex: index === focusable ? 0 : -1,
              "aria-label": bar.label,
              "aria-current": bar.id === current ? ("true" as const) : undefined,
              onClick: () => onOpen(bar.id),
              onFocus: () => setAt(bar.id),
              onKeyDown: (event: KeyboardEvent) => {
                if (event.key === "Enter") onOpen(bar.id);
              },
            };
            return (
              <g key={bar.id} data-bar onMouseEnter={() => setAt(bar.id)} style={onOpen && { cursor: "pointer" }} {...acts}>
                {!tells && <title>{bar.label}</title>}
                <rect x={x - 1} y={0} width={WIDTH + GAP} height={height} fill={bar.id === at ? "var(--mantine-color-default-hover)" : "transparent"} />
                {bar.look === "cross" ? (
                  <path
                    d={`M${x} ${height - WIDTH - 1}l${WIDTH - 1} ${WIDTH - 1}m0 -${WIDTH - 1}l-${WIDTH - 1} ${WIDTH - 1}`}
                    stroke={STROKE.cross}
                    strokeWidth={2}
                  />
                ) : (
                  <rect x={x} y={height - tall - 1} width={WIDTH - 1} height={tall} rx={1.5} fill={FILL[bar.look]} stroke={STROKE[bar.look]} />
                )}
                {bar.look === "striped" && (
                  <path d={`M${x} ${height - 4}h${WIDTH - 1}m0 -3h-${WIDTH - 1}`} stroke="var(--mantine-color-body)" strokeWidth={1} />
                )}
                {bar.id === current && <path d={`M${x} ${height}h${WIDTH - 1}`} stroke="var(--mantine-color-text)" strokeWidth={2} />}
              </g>
            );
          })}
        </svg>
      </div>
      {onOpen && tells && (
        <Text size="xs" c="dimmed" mih="1.5em">
          {told?.label ?? label}
        </Text>
      )}
    </div>
  );
}
