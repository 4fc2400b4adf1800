// The heart of a series: rows beside the lines that they become, and a chip on each column that says what it is.

import { Group, Loader, NativeSelect, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { type CSSProperties, type ReactNode, type RefObject, useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Problem, told } from "../../ui/Problem";
import { ValueTable } from "../../ui/ValueTable";
import { count } from "../../lib/format";
import { fieldTypes, typeConflicts } from "../../lib/fieldTypes";
import { crowd } from "../../lib/lineProtocol";
import { distinct, doubt, type Role, suggestedRoles } from "../../lib/roles";
import { columnWords } from "./ColumnSettings";
import { Lines } from "./Lines";
import { lostColumns, roleOf } from "./mappingDraft";
import { LostColumns, PreviewNotes } from "./PreviewNotes";
import { type CursorPart, RoleHead } from "./RoleHead";
import type { Draft } from "./draft";
import { useEngine, useStoredTypes } from "./useStoredTypes";
import type { LivePreview, PreviewOptions } from "./usePreview";
import "./series.css";

interface Props {
  draft: Draft;
  live: LivePreview;
  options: PreviewOptions;
  onOptions: (options: PreviewOptions) => void;
  /** Absent where nothing can be changed. */
  edit?: MappingEdit;
  /** The refusal is shown elsewhere: it belongs to another field. */
  quiet: boolean;
}

export interface MappingEdit {
  errors: Record<string, string | undefined>;
  onRole: (column: string, role: Role) => void;
  /** Makes a column the cursor, or (again) a part of the key. */
  onCursor: (column: string) => void;
  onKey: (column: string) => void;
  onChange: (change: Partial<Draft>) => void;
  /** The column whose settings are open. */
  opened: string | undefined;
  onOpened: (column: string | undefined) => void;
  /** What a mapping can say besides. */
  more: ReactNode;
}

const NONE: ReadonlySet<number> = new Set();
const encoder = new TextEncoder();

export function MappingPart({ draft, live, options, onOptions, edit, quiet }: Props) {
  const [chosen, setChosen] = useState<number>();
  const [marks, setMarks] = useState<{ of: unknown; rows: ReadonlySet<number> }>({ of: undefined, rows: NONE });
  const rowsPlace = useRef<HTMLDivElement>(null);
  const { columns, values, lines, preview } = live;
  const stored = useStoredTypes(draft);
  const engine = useEngine(draft);
  const conflicts = useMemo(() => typeConflicts(fieldTypes(lines.map(({ line }) => line)), stored), [lines, stored]);
  const gathered = useMemo(() => crowd(lines.map(({ line }) => line)), [lines]);
  const suggested = useMemo(() => suggestedRoles(columns, values), [columns, values]);
  const perColumn = useMemo(() => columns.map((_, at) => values.map((row) => row[at])), [columns, values]);
  const choose = useCallback((row: number | undefined, byKey = false) => {
    setChosen(row);
    if (byKey && row !== undefined) bringIntoSight(rowsPlace.current, row);
  }, []);
  const heads = useHeadHeight(rowsPlace, columns);
  // Marks are of the rows that were shown when they were made.
  const marked = marks.of === preview ? marks.rows : NONE;
  const mark = useCallback(
    (rows: number[]) => {
      setMarks({ of: preview, rows: new Set(rows) });
      if (rows[0] !== undefined) bringIntoSight(rowsPlace.current, rows[0]);
    },
    [preview],
  );
  if (values.length === 0 && columns.length === 0) {
    return (
      <Stack gap="sm">
        <NoRows live={live} quiet={quiet} />
        {edit?.more}
      </Stack>
    );
  }
  return (
    <Stack gap="sm">
      <Group gap="sm" align="flex-end">
        <Text size="sm" style={{ flex: "1 1 240px" }} role="status">
          {summary(live, gathered.points, gathered.series)} {live.loading && <Loader size={12} aria-label="Reading" ml={6} />}
        </Text>
        <PreviewTime options={options} onOptions={onOptions} />
      </Group>
      <div className="rows-and-lines" style={{ opacity: live.stale ? 0.65 : 1, ...(heads !== undefined && { "--heads": `${heads}px` }) } as CSSProperties}>
        <Stack gap={4} ref={rowsPlace} style={{ minWidth: 0 }}>
          <Text fw={600} size="sm">
            Rows
          </Text>
          <ValueTable
            label="Rows"
            columns={columns}
            rows={values}
            chosen={chosen}
            marked={marked}
            onChoose={choose}
            columnClass={(at) => {
              const column = columns[at];
              return column && `role-${roleOf(draft, column.name)}`;
            }}
            head={(column, at) => (
              <RoleHead
                column={column}
                role={roleOf(draft, column.name)}
                words={columnWords(draft, column.name, roleOf(draft, column.name))}
                edit={edit && { draft, errors: edit.errors, onChange: edit.onChange, isOpen: edit.opened === column.name, onOpen: (isOpen) => edit.onOpened(isOpen ? column.name : undefined) }}
                suggested={suggested[column.name]}
                values={distinct(perColumn[at] ?? [])}
                doubt={doubt(roleOf(draft, column.name), column, perColumn[at] ?? [])}
                onRole={edit && ((role) => edit.onRole(column.name, role))}
                part={partOf(draft, column.name, edit)}
              />
            )}
          />
        </Stack>
        <Stack gap={4} className="lines-beside">
          <Text fw={600} size="sm">
            Line protocol
          </Text>
          {preview === undefined ? (
            <Refused live={live} quiet={quiet} />
          ) : (
            <Lines rows={lines} twins={gathered.twins} marked={marked} chosen={chosen} onChoose={choose} />
          )}
        </Stack>
        {edit && <div className="more-beside">{edit.more}</div>}
      </div>
      <LostColumns columns={lostColumns(draft, columns)} onRole={edit?.onRole} />
      {preview !== undefined && (
        <PreviewNotes preview={preview} crowd={gathered} conflicts={conflicts} engine={engine} {...(edit && { onRole: edit.onRole })} onChoose={(row) => choose(row, true)} marked={marked} onMark={mark} />
      )}
    </Stack>
  );
}

/** How high the heads of the rows are, so that each line stands beside its row. */
function useHeadHeight(place: RefObject<HTMLDivElement | null>, columns: readonly unknown[]): number | undefined {
  const [height, setHeight] = useState<number>();
  useLayoutEffect(() => {
    const head = place.current?.querySelector("thead");
    if (!head) return undefined;
    const watcher = new ResizeObserver(() => setHeight(head.getBoundingClientRect().height));
    watcher.observe(head);
    return () => watcher.disconnect();
  }, [place, columns]);
  return height;
}

function NoRows({ live, quiet }: Pick<Props, "live" | "quiet">) {
  if (live.loading) return <Skeleton height={220} aria-label="Reading the first rows" />;
  if (live.error !== undefined && !quiet) return <Problem error={live.error} retry={live.retry} />;
  return (
    <Text c="dimmed" size="sm">
      {live.error === undefined
        ? "The first rows appear here as soon as there is a query, and a value for each of its placeholders."
        : "No rows: what is wrong is told above, at its field."}
    </Text>
  );
}

function partOf(draft: Draft, column: string, edit: MappingEdit | undefined): CursorPart | undefined {
  if (draft.mode !== "incremental") return undefined;
  const is = draft.cursor === column ? "cursor" : draft.key.includes(column) ? "key" : undefined;
  return { is, ...(edit && { onCursor: () => edit.onCursor(column), onKey: () => edit.onKey(column) }) };
}

function Refused({ live, quiet }: { live: LivePreview; quiet: boolean }) {
  if (live.error === undefined) return <Skeleton height={120} aria-label="Shaping the lines" />;
  if (quiet) {
    return (
      <Text size="sm" c="dimmed">
        No lines yet: {told(live.error).message}
      </Text>
    );
  }
  return <Problem error={live.error} />;
}

function PreviewTime({ options, onOptions }: { options: PreviewOptions; onOptions: (options: PreviewOptions) => void }) {
  return (
    <>
      <TextInput
        type="datetime-local"
        step={1}
        size="xs"
        label="As of"
        description="Blank: now"
        value={options.slot === undefined ? "" : localInput(options.slot)}
        onChange={(event) => {
          const at = Date.parse(event.currentTarget.value);
          onOptions({ ...options, slot: Number.isNaN(at) ? undefined : new Date(at).toISOString() });
        }}
      />
      <NativeSelect
        size="xs"
        label="Rows"
        description="At most"
        data={["20", "50", "200"]}
        value={String(options.limit)}
        onChange={(event) => onOptions({ ...options, limit: Number(event.currentTarget.value) })}
      />
    </>
  );
}

/** An instant as `datetime-local` takes it, in the viewer's zone. */
export function localInput(iso: string): string {
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

function summary({ values, complete, preview, lines }: LivePreview, points: number, series: number): string {
  const rows = values.length === 0 ? "No rows" : complete ? `All ${count(values.length)} ${values.length === 1 ? "row" : "rows"}` : `The first ${count(values.length)} rows`;
  if (preview === undefined || values.length === 0) return `${rows}.`;
  const bytes = lines.reduce((sum, { line }) => sum + (line == null ? 0 : encoder.encode(line).length + 1), 0);
  const each = preview.lines === 0 ? "" : `, ${Math.round(bytes / preview.lines)} bytes a line`;
  return `${rows} → ${count(points)} ${points === 1 ? "point" : "points"} of ${count(series)} series${each}.`;
}

/** Scrolls within the table only: the page stays where it is. */
function bringIntoSight(place: HTMLElement | null, row: number): void {
  const box = place?.querySelector<HTMLElement>(".list-rows");
  const line = box?.querySelectorAll<HTMLElement>("tbody tr")[row];
  const head = box?.querySelector<HTMLElement>("thead")?.offsetHeight ?? 0;
  if (!box || !line) return;
  if (line.offsetTop - head < box.scrollTop) box.scrollTop = line.offsetTop - head;
  else if (line.offsetTop + line.offsetHeight > box.scrollTop + box.clientHeight) box.scrollTop = line.offsetTop + line.offsetHeight - box.clientHeight;
}
