// Queries in their categories: a tree as a table, of which only the lines in sight are drawn.

import { Anchor, Group, Text, UnstyledButton } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconChevronDown, IconChevronRight, IconFolder } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";
import type { Query } from "../../api/queries";
import { type TreeLine } from "../../lib/categories";
import { count } from "../../lib/format";

const LINE_PX = 44;

interface Props {
  lines: TreeLine<Query>[];
  databaseOf: (query: Query) => { id: string; name: string } | undefined;
  /** How many series read it; undefined while nobody knows. */
  readersOf: (query: Query) => number | undefined;
  onToggle: (category: string) => void;
  onOpen: (query: Query) => void;
}

export function QueryTree({ lines, databaseOf, readersOf, onToggle, onOpen }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const window = useVirtualizer({ count: lines.length, getScrollElement: () => place.current, estimateSize: () => LINE_PX, overscan: 12 });
  const isNarrow = useMediaQuery("(max-width: 40em)", false);
  const items = window.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = window.getTotalSize() - (items[items.length - 1]?.end ?? 0);
  return (
    <div className="list">
      <div ref={place} className="list-rows" tabIndex={0} role="region" aria-label="queries">
        <table aria-rowcount={lines.length + 1}>
          <thead>
            <tr>
              <th scope="col">Name</th>
              {!isNarrow && (
                <>
                  <th scope="col">Database</th>
                  <th scope="col">Placeholders</th>
                  <th scope="col">Series</th>
                </>
              )}
            </tr>
          </thead>
          <tbody>
            {before > 0 && <tr aria-hidden style={{ height: before }} />}
            {items.map(({ index }) => {
              const line = lines[index];
              if (!line) return null;
              if (line.kind === "category") return <CategoryRow key={`category ${line.path}`} line={line} at={index} isNarrow={isNarrow} onToggle={onToggle} />;
              const { item: query, depth } = line;
              const database = databaseOf(query);
              const readers = readersOf(query);
              return (
                <tr key={query.id} ref={window.measureElement} data-index={index} aria-rowindex={index + 2} data-opens onClick={() => onOpen(query)}>
                  <td style={{ paddingLeft: 12 + depth * 24 }} {...(isNarrow ? { className: "told" } : {})}>
                    <Anchor
                      fw={600}
                      size="sm"
                      {...(isNarrow ? { className: "wrap" } : {})}
                      renderRoot={(rest) => <Link to="/queries/$query" params={{ query: query.id }} {...rest} />}
                      onClick={(event) => event.stopPropagation()}
                    >
                      {query.name}
                    </Anchor>
                    {isNarrow && (
                      <Text size="xs" c="dimmed">
                        {database?.name}
                        {readers !== undefined && readers > 0 && ` · ${count(readers)} series`}
                      </Text>
                    )}
                  </td>
                  {!isNarrow && (
                    <>
                      <td>{database?.name}</td>
                      <td className="mono">{query.parameters?.map(({ name }) => `:${name}`).join(" ")}</td>
                      <td>{readers === undefined ? "" : readers === 0 ? <Text c="dimmed" size="sm">none</Text> : count(readers)}</td>
                    </>
                  )}
                </tr>
              );
            })}
            {after > 0 && <tr aria-hidden style={{ height: after }} />}
          </tbody>
        </table>
        {lines.length === 0 && (
          <Text c="dimmed" p="md">
            Nothing matches
          </Text>
        )}
      </div>
    </div>
  );
}

function CategoryRow({ line, at, isNarrow, onToggle }: { line: TreeLine<Query> & { kind: "category" }; at: number; isNarrow: boolean; onToggle: (category: string) => void }) {
  const { path, label, depth, count: number, open } = line;
  const Chevron = open ? IconChevronDown : IconChevronRight;
  return (
    <tr aria-rowindex={at + 2}>
      <td colSpan={isNarrow ? 1 : 4} style={{ paddingLeft: 12 + depth * 24 }}>
        <UnstyledButton className="list-head" aria-expanded={open} onClick={() => onToggle(path)}>
          <Group gap={6} wrap="nowrap">
            <Chevron size={16} aria-hidden />
            <IconFolder size={16} aria-hidden />
            <Text size="sm" fw={600} span>
              {label}
            </Text>
            <Text size="xs" c="dimmed" span aria-label={`${number} ${number === 1 ? "query" : "queries"}`}>
              {count(number)}
            </Text>
          </Group>
        </UnstyledButton>
      </td>
    </tr>
  );
}
