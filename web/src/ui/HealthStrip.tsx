// The checks of a connection as a strip of bars, oldest first. How a check went is told by the height and the form of its bar: a check that
// passed is of middle height, one that warned is split, one that failed is as high as the strip and pointed.

import "./healthStrip.css";

import { Tooltip } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { type KeyboardEvent, type MouseEvent, useState } from "react";
import { type Checked, headline, summed, told } from "../lib/checks";

interface Props {
  /** Newest first, as the API gives them. */
  checks: readonly Checked[];
  /** Whose, for those who do not see it. */
  name: string;
  /** Most bars; fewer where there is no room. */
  bars?: number;
  height?: number;
}

const WIDTH = 5;
const GAP = 2;
const STEP = WIDTH + GAP;

/** One stop of the Tab key; the arrow keys go from check to check. */
export function HealthStrip({ checks, name, bars = 90, height = 24 }: Props) {
  const { ref, width } = useElementSize();
  const [at, setAt] = useState<number>();
  const room = width === 0 ? bars : Math.max(1, Math.min(bars, Math.floor((width + GAP) / STEP)));
  const shown = checks.slice(0, room).reverse();
  const chosen = at === undefined ? undefined : shown[Math.min(at, shown.length - 1)];
  const empty = room - shown.length;
  const whole = room * STEP - GAP;
  const move = (event: KeyboardEvent) => {
    const last = shown.length - 1;
    const next = { ArrowLeft: (at ?? last + 1) - 1, ArrowRight: (at ?? last) + 1, Home: 0, End: last }[event.key];
    if (event.key === "Escape") setAt(undefined);
    if (next === undefined) return;
    event.preventDefault();
    setAt(Math.min(Math.max(next, 0), last));
  };
  const point = (event: MouseEvent<HTMLDivElement>) => {
    const bar = Math.floor((event.clientX - event.currentTarget.getBoundingClientRect().left) / STEP) - empty;
    setAt(bar >= 0 && bar < shown.length ? bar : undefined);
  };
  return (
    <div ref={ref} className="health-strip">
      {shown.length === 0 ? (
        <span className="health-strip-none">{summed(checks)}</span>
      ) : (
        <div
          className="health-strip-bars"
          style={{ width: whole, height }}
          role="slider"
          tabIndex={0}
          aria-label={headline(name)}
          aria-roledescription="strip of checks"
          aria-valuemin={1}
          aria-valuemax={shown.length}
          aria-valuenow={(at ?? shown.length - 1) + 1}
          aria-valuetext={chosen === undefined ? summed(checks) : told(chosen)}
          onKeyDown={move}
          onBlur={() => setAt(undefined)}
          onMouseMove={point}
          onMouseLeave={() => setAt(undefined)}
        >
          <svg width={whole} height={height} aria-hidden>
            {Array.from({ length: empty }, (_, index) => (
              <rect key={index} className="health-none" x={index * STEP} y={height - 3} width={WIDTH} height={3} />
            ))}
            {shown.map((check, index) => (
              <Bar key={index} check={check} x={(empty + index) * STEP} height={height} marked={check === chosen} />
            ))}
          </svg>
          {chosen !== undefined && at !== undefined && (
            <Tooltip opened label={told(chosen)} multiline maw={360} position="top">
              <span className="health-strip-mark" style={{ left: (empty + Math.min(at, shown.length - 1)) * STEP, width: WIDTH }} />
            </Tooltip>
          )}
        </div>
      )}
    </div>
  );
}

function Bar({ check: { verdict }, x, height, marked }: { check: Checked; x: number; height: number; marked: boolean }) {
  const top = Math.round(height * (verdict === "passed" ? 0.35 : verdict === "warning" ? 0.2 : 0));
  const middle = Math.round((top + height) / 2);
  return (
    <g data-verdict={verdict}>
      {marked && <rect className="health-marked" x={x - 1} y={0} width={WIDTH + 2} height={height} />}
      {verdict === "passed" && <rect className="health-passed" x={x} y={top} width={WIDTH} height={height - top} rx={1.5} />}
      {verdict === "warning" && (
        <>
          <rect className="health-warning" x={x} y={top} width={WIDTH} height={middle - top - 2} rx={1} />
          <rect className="health-warning" x={x} y={middle + 2} width={WIDTH} height={height - middle - 2} rx={1} />
        </>
      )}
      {verdict === "failed" && <path className="health-failed" d={`M${x + WIDTH / 2} 0L${x + WIDTH} 5V${height}H${x}V5Z`} />}
    </g>
  );
}
