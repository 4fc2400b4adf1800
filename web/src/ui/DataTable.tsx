// A list of thousands of rows that is searched, sorted and scrolled without a pause: only the rows in sight are drawn.

import { ActionIcon, Checkbox, Group, Menu, Text, TextInput, Tooltip, UnstyledButton } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconArrowDown, IconArrowUp, IconColumns, IconRefresh, IconSearch } from "@tabler/icons-react";
import {
  type ColumnDef, type RowSelectionState, type SortingState, getCoreRowModel, getFilteredRowModel, useReactTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { count } from "../lib/format";
import { sortedRowModel } from "./sortRows";

export type Columns<T> = ColumnDef<T, unknown>[];

declare module "@tanstack/react-table" {
  // Its parameters are those of the library.
  interface ColumnMeta<TData, TValue> {
    /** Shown by itself in windows of this many pixels and more; others choose it. Always when absent. */
    from?: number;
    /** Its share of the width, as `26%`: it takes no more, and what is longer is cut off with an ellipsis. */
    share?: string;
  }
  interface TableMeta<TData> {
    /** The window is so narrow that a row is told in its first cell. */
    isNarrow?: boolean;
  }
}

interface Props<T> {
  /** What the rows are, for screen readers and the search field: `connections`. */
  label: string;
  rows: T[];
  columns: Columns<T>;
  id: (row: T) => string;
  /** What people call a row, for the checkbox that selects it. */
  nameOf?: (row: T) => string;
  /** What a row opens, when it is clicked or Enter is pressed on it. */
  onOpen?: (row: T) => void;
  search: string;
  onSearch: (text: string) => void;
  sorting: SortingState;
  onSorting: (sorting: SortingState) => void;
  onRefresh?: () => void;
  refreshing?: boolean;
  selection?: RowSelectionState;
  onSelection?: (selection: RowSelectionState) => void;
  /** What can be done with the selected rows; shown while some are. */
  bulk?: ReactNode;
}

const ROW_PX = 44;
/** About what a row of a narrow window takes. */
const CARD_PX = 110;

const NARROW_CHOOSER_PX = 36;

/** Below it there is no room for columns. */
export const NARROW_PX = 640;

function useWindowWidth(): number {
  return useSyncExternalStore(
    (changed) => {
      window.addEventListener("resize", changed);
      return () => window.removeEventListener("resize", changed);
    },
    () => window.innerWidth,
  );
}

/** What is shown without anybody having chosen. */
function usual<T>(columns: Columns<T>, width: number): Record<string, boolean> {
  return Object.fromEntries(columns.map(({ id, meta }) => [id ?? "", (meta?.from ?? 0) <= width]));
}

export function DataTable<T>(props: Props<T>) {
  const { label, rows, columns, id, nameOf, onOpen, search, onSearch, sorting, onSorting, onRefresh, refreshing, selection, onSelection, bulk } = props;
  const [typed, setTyped] = useState(search);
  const [chosenColumns, setChosenColumns] = useState<Record<string, boolean>>({});
  const width = useWindowWidth();
  const visible = useMemo(() => ({ ...usual(columns, width), ...chosenColumns }), [columns, width, chosenColumns]);
  const isNarrow = width < NARROW_PX;
  const place = useRef<HTMLDivElement>(null);
  const told = useDebouncedCallback(onSearch, 60);
  const naming = useRef(nameOf);
  useEffect(() => {
    naming.current = nameOf;
  });
  const isChosenFrom = onSelection !== undefined;
  // The same as long as the columns are: the table makes the cells of all rows anew for others.
  const all = useMemo(() => (isChosenFrom ? [chooser<T>(label, (row) => naming.current?.(row)), ...columns] : columns), [isChosenFrom, label, columns]);
  const table = useReactTable({
    data: rows,
    columns: all,
    getRowId: id,
    state: { globalFilter: search, sorting, columnVisibility: visible, rowSelection: selection ?? {} },
    onSortingChange: (change) => onSorting(typeof change === "function" ? change(sorting) : change),
    onColumnVisibilityChange: (change) => {
      const now = typeof change === "function" ? change(visible) : change;
      // Only what somebody chose stays as it is in a window of another width.
      setChosenColumns((before) => ({ ...before, ...Object.fromEntries(Object.entries(now).filter(([column, is]) => is !== visible[column])) }));
    },
    meta: { isNarrow },
    onRowSelectionChange: (change) => onSelection?.(typeof change === "function" ? change(selection ?? {}) : change),
    getCoreRowModel: getCoreRowModel(),
    getFilteredRowModel: getFilteredRowModel(),
    getSortedRowModel: sortedRowModel,
    globalFilterFn: "includesString",
  });
  const shown = table.getRowModel().rows;
  const view = useVirtualizer({ count: shown.length, getScrollElement: () => place.current, estimateSize: () => (isNarrow ? CARD_PX : ROW_PX), overscan: 6 });
  // What was measured in a narrow window holds no longer.
  useEffect(() => view.measure(), [view, isNarrow]);
  const items = view.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = view.getTotalSize() - (items[items.length - 1]?.end ?? 0);
  const chosen = Object.keys(selection ?? {}).length;
  return (
    <div className="list">
      <Group gap="xs" mb="xs">
        <TextInput
          data-search
          aria-keyshortcuts="/"
          aria-label={`Search ${label}`}
          placeholder={`Search ${label}`}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            told(event.currentTarget.value);
          }}
          style={{ flex: "1 1 180px", maxWidth: 360 }}
        />
        <Text size="sm" c="dimmed" aria-live="polite">
          {shown.length === rows.length ? count(rows.length) : `${count(shown.length)} of ${count(rows.length)}`}
        </Text>
        {chosen > 0 && bulk}
        <Group gap={4} ml="auto">
          {onRefresh && (
            <Tooltip label="Refresh">
              <ActionIcon variant="default" size="lg" aria-label="Refresh" onClick={onRefresh} loading={refreshing ?? false}>
                <IconRefresh size={18} aria-hidden />
              </ActionIcon>
            </Tooltip>
          )}
          <Menu closeOnItemClick={false} position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="default" size="lg" aria-label="Choose columns">
                <IconColumns size={18} aria-hidden />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              {table
                .getAllLeafColumns()
                .filter((column) => column.getCanHide() && column.id !== "choose")
                .map((column) => (
                  <Menu.Item key={column.id} component="div">
                    <Checkbox
                      label={String(column.columnDef.header)}
                      checked={column.getIsVisible()}
                      onChange={column.getToggleVisibilityHandler()}
                    />
                  </Menu.Item>
                ))}
            </Menu.Dropdown>
          </Menu>
        </Group>
      </Group>
      <div ref={place} className="list-rows" tabIndex={0} role="region" aria-label={label}>
        <table aria-rowcount={shown.length + 1}>
          <thead>
            {table.getHeaderGroups().map((group) => (
              <tr key={group.id}>
                {group.headers.map((header) => {
                  const sorted = header.column.getIsSorted();
                  const text = drawn(header.column.columnDef.header, header.getContext());
                  return (
                    <th key={header.id} scope="col" style={{ width: isNarrow ? (header.column.id === "choose" ? NARROW_CHOOSER_PX : undefined) : header.column.columnDef.meta?.share }} aria-sort={sorted === "asc" ? "ascending" : sorted === "desc" ? "descending" : "none"}>
                      {header.column.getCanSort() ? (
                        <UnstyledButton onClick={header.column.getToggleSortingHandler()} className="list-head">
                          {text}
                          {sorted === "asc" && <IconArrowUp size={14} aria-hidden />}
                          {sorted === "desc" && <IconArrowDown size={14} aria-hidden />}
                        </UnstyledButton>
                      ) : (
                        text
                      )}
                    </th>
                  );
                })}
              </tr>
            ))}
          </thead>
          <tbody>
            {before > 0 && <tr aria-hidden style={{ height: before }} />}
            {items.map((item) => {
              const row = shown[item.index];
              if (!row) return null;
              return (
                <tr
                  key={row.id}
                  // Rows that hold a few lines are as high as they are; others are all alike, and measuring them takes its time.
                  ref={isNarrow ? view.measureElement : undefined}
                  data-index={item.index}
                  aria-rowindex={item.index + 2}
                  aria-selected={onSelection ? row.getIsSelected() : undefined}
                  data-opens={onOpen ? true : undefined}
                  onClick={onOpen ? () => onOpen(row.original) : undefined}
                >
                  {row.getVisibleCells().map((cell) => (
                    <td key={cell.id} style={cell.column.columnDef.meta?.share === undefined || isNarrow ? undefined : { maxWidth: 0 }}>
                      {drawn(cell.column.columnDef.cell, cell.getContext())}
                    </td>
                  ))}
                </tr>
              );
            })}
            {after > 0 && <tr aria-hidden style={{ height: after }} />}
          </tbody>
        </table>
        {shown.length === 0 && (
          <Text c="dimmed" p="md">
            Nothing matches
          </Text>
        )}
      </div>
    </div>
  );
}

/** What a column draws, called and not mounted: a column that is made anew would otherwise replace its cells, and take the focus from them. */
function drawn<C>(what: ReactNode | ((context: C) => ReactNode), context: C): ReactNode {
  return typeof what === "function" ? what(context) : what;
}

function chooser<T>(label: string, nameOf: (row: T) => string | undefined): ColumnDef<T, unknown> {
  return {
    id: "choose",
    enableSorting: false,
    enableHiding: false,
    header: ({ table }) => (
      <Checkbox
        aria-label={`Select all ${label}`}
        checked={table.getIsAllRowsSelected()}
        indeterminate={table.getIsSomeRowsSelected()}
        onChange={table.getToggleAllRowsSelectedHandler()}
      />
    ),
    cell: ({ row }) => (
      <Checkbox
        aria-label={`Select ${nameOf(row.original) ?? `row ${row.index + 1}`}`}
        checked={row.getIsSelected()}
        onClick={(event) => event.stopPropagation()}
        onChange={row.getToggleSelectedHandler()}
      />
    ),
  };
}
