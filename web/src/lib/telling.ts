// Which further column would tell rows apart that are one point. Pure.

import { distinct, type ResultColumn } from "./roles";

/**
 * Columns that, as a tag, would make a point of every row: rows whose line agrees have different values there. `groups` names the point of
 * each row, undefined for a row without a line. The one with the fewest values first.
 */
export function tellingColumns(columns: readonly ResultColumn[], rows: readonly (readonly unknown[])[], groups: readonly (string | undefined)[]): string[] {
  const fit: { name: string; values: number }[] = [];
  columns.forEach((column, at) => {
    if (column.kind === "float" || column.kind === "decimal" || column.kind === "bytes" || column.kind === "json") return;
    const seen = new Set<string>();
    const tells = rows.every((row, index) => {
      const group = groups[index];
      if (group === undefined) return true;
      const key = `${group}\n${JSON.stringify(row[at])}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
    if (tells) fit.push({ name: column.name, values: distinct(rows.map((row) => row[at])) });
  });
  return fit.sort((a, b) => a.values - b.values).map(({ name }) => name);
}
