// Schemas, tables and columns as one tree: one stop for the Tab key, its lines are gone through by arrows.

import { Button, Text } from "@mantine/core";
import { IconChevronDown, IconChevronRight, IconColumns3, IconEye, IconFolder, IconKey, IconTable } from "@tabler/icons-react";
import { type KeyboardEvent, useRef, useState } from "react";
import { count } from "../../lib/format";
import type { Line, Table, TableColumn } from "../../lib/tables";
import "./tables.css";

/** How many lines are drawn at first, and how many more each time that they are wanted. */
const PAGE = 200;

interface Props {
  label: string;
  lines: Line[];
  onTurn: (key: string) => void;
  onTable: (table: Table) => void;
  onColumn: (column: TableColumn, table: Table) => void;
}

export function TableTree({ label, lines, onTurn, onTable, onColumn }: Props) {
  const tree = useRef<HTMLDivElement>(null);
  const [most, setMost] = useState(PAGE);
  const [current, setCurrent] = useState<string>();
  const shown = lines.slice(0, most);
  const at = Math.max(0, shown.findIndex(({ key }) => key === current));

  function take(line: Line) {
    setCurrent(line.key);
    if (line.kind === "schema") onTurn(line.key);
    else if (line.kind === "table") onTable(line.table);
    else onColumn(line.column, line.table);
  }
  function go(to: number) {
    const line = shown[Math.min(Math.max(to, 0), shown.length - 1)];
    if (line === undefined) return;
    setCurrent(line.key);
    tree.current?.querySelector<HTMLElement>(`[data-line="${CSS.escape(line.key)}"]`)?.focus();
  }
  /** Gives whether the key was one of the tree's. */
  function press(key: string): boolean {
    const line = shown[at];
    if (line === undefined) return false;
    const isOpen = line.kind === "column" ? undefined : line.open;
    if (key === "ArrowDown") go(at + 1);
    else if (key === "ArrowUp") go(at - 1);
    else if (key === "Home") go(0);
    else if (key === "End") go(shown.length - 1);
    else if (key === "ArrowRight" && isOpen !== undefined) isOpen ? go(at + 1) : onTurn(line.key);
    else if (key === "ArrowLeft" && isOpen === true) onTurn(line.key);
    else if (key === "ArrowLeft") go(shown.findLastIndex(({ level }, before) => before < at && level < line.level));
    else if (key === " " && isOpen !== undefined) onTurn(line.key);
    else if (key === "Enter" || key === " ") take(line);
    else return false;
    return true;
  }
  const pressed = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || !press(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      <div ref={tree} role="tree" aria-label={label} className="tables-tree" onKeyDown={pressed}>
        {shown.map((line, place) => (
          <div
            key={line.key}
            role="treeitem"
            data-line={line.key}
            tabIndex={place === at ? 0 : -1}
            aria-level={line.level}
            aria-selected={false}
            {...(line.kind === "column" ? {} : { "aria-expanded": line.open })}
            style={{ paddingInlineStart: 4 + (line.level - 1) * 20 }}
            onClick={() => take(line)}
            onFocus={() => setCurrent(line.key)}
            title={titleOf(line)}
          >
            <Turn line={line} onTurn={onTurn} />
            <Picture line={line} />
            <Words line={line} />
          </div>
        ))}
      </div>
      {lines.length > most && (
        <Button size="compact-xs" variant="subtle" mt={4} onClick={() => setMost(most + PAGE)}>
          {count(lines.length - most)} more
        </Button>
      )}
    </>
  );
}

/** By the pointer; the keyboard has arrows for it. */
function Turn({ line, onTurn }: { line: Line; onTurn: (key: string) => void }) {
  if (line.kind === "column") return <span className="tables-turn" />;
  const Chevron = line.open ? IconChevronDown : IconChevronRight;
  return (
    <span
      className="tables-turn"
      aria-hidden
      onClick={(event) => {
        event.stopPropagation();
        onTurn(line.key);
      }}
    >
      <Chevron size={14} />
    </span>
  );
}

function Picture({ line }: { line: Line }) {
  if (line.kind === "schema") return <IconFolder size={14} aria-hidden />;
  if (line.kind === "column") return line.column.primary_key ? <IconKey size={14} aria-hidden /> : <IconColumns3 size={14} aria-hidden />;
  return line.table.kind === "view" ? <IconEye size={14} aria-hidden /> : <IconTable size={14} aria-hidden />;
}

function Words({ line }: { line: Line }) {
  if (line.kind === "schema") {
    return (
      <>
        <span className="tables-name">{line.name}</span>
        <Dimmed>{count(line.tables)}</Dimmed>
      </>
    );
  }
  if (line.kind === "table") {
    return (
      <>
        <span className="tables-name">{line.table.name}</span>
        {line.table.kind === "view" && <Dimmed>view</Dimmed>}
      </>
    );
  }
  return (
    <>
      <span className="tables-name">{line.column.name}</span>
      <Dimmed>
        {line.column.native}
        <span className="unseen">{line.column.primary_key ? ", primary key" : line.column.nullable ? "" : ", never NULL"}</span>
      </Dimmed>
    </>
  );
}

function Dimmed({ children }: { children: React.ReactNode }) {
  return (
    <Text span size="xs" c="dimmed" className="tables-more">
      {" "}
      {children}
    </Text>
  );
}

function titleOf(line: Line): string {
  if (line.kind === "schema") return line.name;
  if (line.kind === "table") return line.table.sql;
  const { name, native, nullable, primary_key } = line.column;
  return [`${name} ${native}`.trim(), primary_key ? "primary key" : "", nullable ? "" : "never NULL"].filter((part) => part !== "").join(", ");
}
