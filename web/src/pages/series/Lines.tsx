import { Text } from "@mantine/core";
import { useId } from "@mantine/hooks";
import { IconArrowMerge, IconPlayerSkipForward, IconX } from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useRef } from "react";
import { LineProtocol } from "../../ui/LineProtocol";
import type { PreviewRow } from "./data";

interface Props {
  rows: PreviewRow[];
  /** Lines that are the same point as an earlier row. */
  twins: ReadonlyMap<number, number>;
  /** Lines that a verdict is about. */
  marked: ReadonlySet<number>;
  chosen: number | undefined;
  /** `byKey`: the row may be out of sight. */
  onChoose: (row: number | undefined, byKey?: boolean) => void;
}

/** What each row becomes: its line, or why it becomes none. One stop of the Tab key; the arrow keys go from line to line. */
export function Lines({ rows, twins, marked, chosen, onChoose }: Props) {
  const id = useId();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const [box, line] = [place.current, place.current?.querySelector<HTMLElement>("[data-chosen]")];
    if (!box || !line) return;
    if (line.offsetTop < box.scrollTop) box.scrollTop = line.offsetTop;
    else if (line.offsetTop + line.offsetHeight > box.scrollTop + box.clientHeight) box.scrollTop = line.offsetTop + line.offsetHeight - box.clientHeight;
  }, [chosen]);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -rows.length, End: rows.length, PageDown: 10, PageUp: -10 }[event.key];
    if (step === undefined || rows.length === 0) return;
    event.preventDefault();
    onChoose(Math.min(Math.max((chosen ?? (step > 0 ? -1 : rows.length)) + step, 0), rows.length - 1), true);
  };
  return (
    <div
      ref={place}
      className="lines"
      role="listbox"
      tabIndex={0}
      aria-label="Line protocol"
      aria-activedescendant={chosen === undefined ? undefined : `${id}-${chosen}`}
      onKeyDown={move}
      onFocus={() => {
        if (chosen === undefined && rows.length > 0) onChoose(0, true);
      }}
      onBlur={() => onChoose(undefined)}
      onMouseLeave={() => onChoose(undefined)}
    >
      <div className="lines-head" role="presentation" aria-hidden>
        <LineProtocol line="measurement,tag=text field=value time" />
      </div>
      {rows.map((row, at) => (
        <div
          key={at}
          id={`${id}-${at}`}
          role="option"
          aria-selected={at === chosen}
          data-chosen={at === chosen || undefined}
          data-marked={marked.has(at) || undefined}
          onMouseEnter={() => onChoose(at)}
        >
          <span className="lines-number">{at + 1}</span>
          <Outcome row={row} twin={twins.get(at)} />
        </div>
      ))}
      {rows.length === 0 && (
        <Text c="dimmed" p="md" size="sm">
          No lines
        </Text>
      )}
    </div>
  );
}

function Outcome({ row, twin }: { row: PreviewRow; twin: number | undefined }) {
  if (row.reject != null) {
    return (
      <span className="lines-note" style={{ color: "var(--mantine-color-error)" }}>
        <IconX size={14} aria-hidden /> Rejected: {row.reject}
      </span>
    );
  }
  if (row.line == null) {
    return (
      <span className="lines-note" style={{ color: "var(--mantine-color-dimmed)" }}>
        <IconPlayerSkipForward size={14} aria-hidden /> Skipped: no field is left
      </span>
    );
  }
  return (
    <>
      <LineProtocol line={row.line} />
      {twin !== undefined && (
        <span className="lines-note" style={{ color: "var(--mantine-color-text)" }}>
          <IconArrowMerge size={14} aria-hidden color="var(--mantine-color-yellow-filled)" /> same point as row {twin + 1}
        </span>
      )}
    </>
  );
}
