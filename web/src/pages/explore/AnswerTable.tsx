import { Group, Pagination, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { count } from "../../lib/format";
import type { AnswerRows, FrameKind } from "../../lib/frames";
import type { ValueKind } from "../../lib/values";
import { ValueTable } from "../../ui/ValueTable";

/** Rows that are drawn at once. */
const PAGE = 200;
/** Tables that are drawn at once: an answer of hundreds of shapes is seldom meant. */
const MAX_TABLES = 20;

/** The rows of an answer. */
export function AnswerTable({ tables }: { tables: AnswerRows[] }) {
  return (
    <Stack gap="lg">
      {tables.slice(0, MAX_TABLES).map((table, at) => (
        <Paged key={`${at} ${table.title}`} table={table} label={tables.length > 1 ? `Rows ${at + 1}: ${table.title}` : "Rows"} />
      ))}
      {tables.length > MAX_TABLES && <Text c="dimmed">{count(tables.length - MAX_TABLES)} more tables are in the CSV.</Text>}
    </Stack>
  );
}

function Paged({ table, label }: { table: AnswerRows; label: string }) {
  const [wanted, setPage] = useState(1);
  const pages = Math.max(Math.ceil(table.rows.length / PAGE), 1);
  const page = Math.min(wanted, pages);
  const first = (page - 1) * PAGE;
  const rows = table.rows.slice(first, first + PAGE);
  return (
    <Stack gap="xs">
      {table.title !== "" && (
        <Title order={3} size="h6" className="wrap">
          {table.title}
        </Title>
      )}
      <ValueTable
        label={label}
        columns={table.columns.map(({ name, type }) => ({ name, kind: KINDS[type], native: "" }))}
        rows={rows}
        firstRow={first + 1}
      />
      {pages > 1 && (
        <Group gap="sm">
          <Pagination
            total={pages}
            value={page}
            onChange={setPage}
            size="sm"
            getControlProps={(control) => ({ "aria-label": `${control === "next" ? "Next" : "Previous"} rows` })}
            getItemProps={(number) => ({ "aria-label": `Rows of page ${number}` })}
          />
          <Text size="sm" c="dimmed">
            {count(first + 1)} to {count(first + rows.length)} of {count(table.rows.length)}
          </Text>
        </Group>
      )}
    </Stack>
  );
}

const KINDS: Record<FrameKind, ValueKind> = {
  time: "instant", boolean: "boolean", integer: "integer", unsigned: "unsigned", float: "float", number: "number", text: "text",
};
