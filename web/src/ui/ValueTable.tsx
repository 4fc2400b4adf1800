// Rows of a result, with the types of their columns. What is long is opened; what is NULL or empty says so.

import { Button, CopyButton, Group, Modal, Stack, Text, Tooltip, UnstyledButton } from "@mantine/core";
import { type FocusEvent, type ReactNode, useState } from "react";
import { isNumber, KIND_WORDS, shownValue, type ValueKind } from "../lib/values";

export interface ValueColumn {
  name: string;
  kind: ValueKind;
  /** The database's own name of the type; empty when it has none. */
  native: string;
}

interface Props {
  /** What the rows are, for screen readers. */
  label: string;
  columns: ValueColumn[];
  rows: unknown[][];
  /** In place of a column's name and type. */
  head?: (column: ValueColumn, at: number) => ReactNode;
  /** Classes for the cells of a column: what a mapping makes of it. */
  columnClass?: (at: number) => string | undefined;
  /** The row that stands out. */
  chosen?: number | undefined;
  /** Rows that something is said of. */
  marked?: ReadonlySet<number>;
  onChoose?: (row: number | undefined) => void;
  maxHeight?: string;
  /** The number of the first row, where rows come in pages. */
  firstRow?: number;
}

/** From here on a value is cut in its cell, and opened with a click. */
const LONG = 48;

export function ValueTable({ label, columns, rows, head, columnClass, chosen, marked, onChoose, maxHeight = "min(60dvh, 560px)", firstRow = 1 }: Props) {
  const [opened, setOpened] = useState<{ column: ValueColumn; row: number; text: string; aside: string | undefined }>();
  const names = (column: ValueColumn, at: number) => (head ? head(column, at) : <ColumnHead column={column} />);
  return (
    <div className="list">
      <div className="list-rows values" style={{ maxHeight }} tabIndex={0} role="region" aria-label={label} onFocus={wholly}>
        <table>
          <thead>
            <tr>
              <th scope="col" className="row-number">
                <span className="visually-hidden">Row</span>
              </th>
              {columns.map((column, at) => (
                <th key={`${at} ${column.name}`} scope="col" className={cell(column, columnClass?.(at))}>
                  {names(column, at)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, number) => (
              <tr
                key={number}
                data-chosen={chosen === number || undefined}
                data-marked={marked?.has(number) || undefined}
                onMouseEnter={onChoose ? () => onChoose(number) : undefined}
                onMouseLeave={onChoose ? () => onChoose(undefined) : undefined}
              >
                <th scope="row" className="row-number">
                  {number + firstRow}
                  {marked?.has(number) && <span className="visually-hidden"> marked</span>}
                </th>
                {columns.map((column, at) => {
                  const { text, word, aside } = shownValue(column.kind, row[at]);
                  return (
                    <td key={at} className={cell(column, columnClass?.(at))} title={aside}>
                      {word ? (
                        <em className="no-value">{text}</em>
                      ) : text.length > LONG || text.includes("\n") ? (
                        <UnstyledButton
                          className="long-value"
                          onClick={() => setOpened({ column, row: number, text, aside })}
                          aria-label={`${text.slice(0, LONG)}…, all ${text.length} characters`}
                        >
                          {text.slice(0, LONG).replaceAll("\n", "⏎")}…
                        </UnstyledButton>
                      ) : (
                        text
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
        {rows.length === 0 && (
          <Text c="dimmed" p="md" size="sm">
            No rows
          </Text>
        )}
      </div>
      <Modal opened={opened !== undefined} onClose={() => setOpened(undefined)} title={opened && `${opened.column.name} of row ${opened.row + firstRow}`} size="lg">
        {opened && (
          <Stack gap="sm">
            <pre className="whole-value" tabIndex={0}>
              {opened.text}
            </pre>
            <Group justify="space-between">
              <Text size="sm" c="dimmed">
                {opened.aside ?? `${[...opened.text].length} characters`}
              </Text>
              <CopyButton value={opened.text}>
                {({ copied, copy }) => (
                  <Button size="xs" variant="default" onClick={copy}>
                    {copied ? "Copied" : "Copy"}
                  </Button>
                )}
              </CopyButton>
            </Group>
          </Stack>
        )}
      </Modal>
    </div>
  );
}

/** Brings what the keyboard leads to into sight: a browser leaves alone what is partly seen. A pointer is there already, and nothing moves under it. */
function wholly({ target, currentTarget }: FocusEvent) {
  if (target !== currentTarget && target.matches(":focus-visible")) target.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** A column's name, and under it its type. */
export function ColumnHead({ column }: { column: ValueColumn }) {
  return (
    <Stack gap={0}>
      <span>{column.name}</span>
      <Tooltip label={`${KIND_WORDS[column.kind]}${column.native === "" ? "" : ` · ${column.native} in the database`}`} events={{ hover: true, focus: true, touch: true }}>
        <Text size="xs" c="dimmed" fw={400} component="span" tabIndex={0}>
          {column.kind}
        </Text>
      </Tooltip>
    </Stack>
  );
}

function cell(column: ValueColumn, more: string | undefined): string {
  return ["mono", isNumber(column.kind) ? "number" : undefined, more].filter(Boolean).join(" ");
}
