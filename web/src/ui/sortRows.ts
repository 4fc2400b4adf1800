// Sorting thousands of rows in a few milliseconds. TanStack's own copies every row with all its methods first.

import type { Row, RowModel, SortingState, Table } from "@tanstack/react-table";

const COLLATOR = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** `shop 2` before `shop 10`, numbers by their size, what is absent first. */
export function naturally(one: unknown, other: unknown): number {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return COLLATOR.compare(one == null ? "" : String(one), other == null ? "" : String(other));
}

/** The row model of a table that sorts by one column; equal rows stay in their order. */
export function sortedRowModel<T>(table: Table<T>): () => RowModel<T> {
  let [before, by, sorted]: [RowModel<T>?, SortingState?, RowModel<T>?] = [];
  return () => {
    const model = table.getPreSortedRowModel();
    const { sorting } = table.getState();
    if (sorted && model === before && sorting === by) return sorted;
    [before, by, sorted] = [model, sorting, ordered(model, sorting)];
    return sorted;
  };
}

function ordered<T>(model: RowModel<T>, [first]: SortingState): RowModel<T> {
  const [row] = model.rows;
  if (first === undefined || row?.getAllCells().some(({ column }) => column.id === first.id) !== true) return model;
  const sign = first.desc ? -1 : 1;
  const keyed = model.rows.map((one): [Row<T>, unknown] => [one, one.getValue(first.id)]);
  keyed.sort(([, one], [, other]) => sign * naturally(one, other));
  const rows = keyed.map(([one]) => one);
  return { rows, flatRows: rows, rowsById: model.rowsById };
}
