// The tables of a database as a person looks for them: lines of a tree, and what a click writes. Pure.

export interface TableColumn {
  name: string;
  /** As it is written in a query. */
  sql: string;
  /** Its type in the database's own words. */
  native: string;
  nullable: boolean;
  primary_key: boolean;
}

export interface Table {
  schema?: string | null;
  name: string;
  kind: "table" | "view";
  /** As it is written in a query. */
  sql: string;
  columns: TableColumn[];
}

/** A line of the tree. `open` is undefined where nothing can be opened. */
export type Line =
  | { kind: "schema"; key: string; level: number; name: string; tables: number; open: boolean }
  | { kind: "table"; key: string; level: number; table: Table; open: boolean }
  | { kind: "column"; key: string; level: number; table: Table; column: TableColumn };

/** The longest statement that stands on one line. */
const ONE_LINE = 72;

/** A statement that reads all of a table, with its columns by name: what is not wanted is deleted. */
export function selectFrom({ sql, columns }: Table): string {
  const names = columns.map((column) => column.sql);
  const short = `SELECT ${names.join(", ")}`;
  return `${short.length <= ONE_LINE ? short : `SELECT\n  ${names.join(",\n  ")}`}\nFROM ${sql}`;
}

/**
 * The lines in sight. Schemas are only told when there are several; the first is open. `turned` are the keys of what was opened or closed by
 * hand. A search finds tables by their name, and by the names of their columns: those are opened, with the columns that were found.
 */
export function linesOf(tables: Table[], search: string, turned: ReadonlySet<string>): Line[] {
  const wanted = search.trim().toLowerCase();
  const bySchema = new Map<string, Line[]>();
  const counts = new Map<string, number>();
  const several = new Set(tables.map(({ schema }) => schema ?? "")).size > 1;
  for (const table of tables) {
    const schema = table.schema ?? "";
    const isNamed = wanted === "" || table.name.toLowerCase().includes(wanted) || `${schema}.${table.name}`.toLowerCase().includes(wanted);
    const columns = isNamed ? table.columns : table.columns.filter(({ name }) => name.toLowerCase().includes(wanted));
    if (!isNamed && columns.length === 0) continue;
    const lines = bySchema.get(schema) ?? [];
    bySchema.set(schema, lines);
    counts.set(schema, (counts.get(schema) ?? 0) + 1);
    const key = `${schema}/${table.name}`;
    const [level, open] = [several ? 2 : 1, !isNamed !== turned.has(key)];
    lines.push({ kind: "table", key, level, table, open });
    if (open) lines.push(...columns.map((column): Line => ({ kind: "column", key: `${key}/${column.name}`, level: level + 1, table, column })));
  }
  if (!several) return [...bySchema.values()].flat();
  return [...bySchema].flatMap(([name, lines], at) => {
    const open = (at === 0 || wanted !== "") !== turned.has(name);
    return [{ kind: "schema", key: name, level: 1, name, tables: counts.get(name) ?? 0, open } satisfies Line, ...(open ? lines : [])];
  });
}

/** A name as it fits at the cursor: apart from the words beside it, and after another column that was just put there, with a comma. */
export function fitted(name: string, before: string, after: string, follows: string | undefined): string {
  const lead = follows !== undefined && before.endsWith(follows) ? ", " : /[\w"`)\]]$/.test(before) ? " " : "";
  return `${lead}${name}${/^[\w"`]/.test(after) ? " " : ""}`;
}
