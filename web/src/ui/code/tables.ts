// The names of a database, offered while one is typed.

import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { SQLNamespace } from "@codemirror/lang-sql";
import { EditorState, type Extension } from "@codemirror/state";
import type { Table } from "../../lib/tables";

/** More columns than these are not looked through: whoever wants them writes the table's name before them. */
const MOST_OFFERED = 1_000;

type Level = { [name: string]: SQLNamespace };

/** Tables by their names, where these alone find them, and within their schemas. */
export function namespaceOf(tables: Table[]): SQLNamespace {
  const top: Level = {};
  const schemas: Record<string, Level> = {};
  for (const table of tables) {
    const children = table.columns.map((column): Completion => ({ label: column.name, apply: column.sql, type: "property", detail: column.native }));
    const detail = table.kind === "view" ? { detail: "view" } : {};
    const isAlone = !table.schema || !isWithSchema(table);
    top[isAlone ? dotless(table.name) : dotless(`${table.schema}.${table.name}`)] = {
      self: { label: isAlone ? table.name : `${table.schema}.${table.name}`, apply: table.sql, type: "type", ...detail },
      children,
    };
    if (table.schema) (schemas[table.schema] ??= {})[dotless(table.name)] = children;
  }
  for (const [schema, level] of Object.entries(schemas)) top[dotless(schema)] ??= level;
  return top;
}

/** Whether the table is only found with its schema before it. */
function isWithSchema({ name, sql, schema }: Table): boolean {
  return sql.length > name.length && sql.replaceAll(/["`]/g, "").startsWith(`${(schema ?? "").replaceAll(/["`]/g, "")}.`);
}

/** The dots of a name are not between names. */
function dotless(name: string): string {
  return name.replaceAll(".", "\\.");
}

/** Offers the columns of the tables that the statement names, without the table's name before them. */
export function columnsOf(tables: Table[]): Extension {
  const complete = (context: CompletionContext): CompletionResult | null => {
    const word = context.matchBefore(/(?<![.:\w"`])[\p{L}_][\p{L}\p{N}_]*/u);
    if (!word) return null;
    const text = context.state.doc.toString();
    const named = tables.filter(({ sql }) => text.includes(sql));
    const options = named.flatMap(({ name, columns }) => columns.map((column): Completion => ({ label: column.name, apply: column.sql, type: "property", detail: `${name} ${column.native}`.trim() })));
    return { from: word.from, options: options.slice(0, MOST_OFFERED), validFor: /^[\p{L}\p{N}_]*$/u };
  };
  return EditorState.languageData.of(() => [{ autocomplete: complete }]);
}
