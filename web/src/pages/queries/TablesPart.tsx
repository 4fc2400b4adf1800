// What can be read in the database, beside the editor; folded above it where there is no room beside.

import { ActionIcon, Button, Collapse, Group, Paper, Stack, Text, TextInput, Title, Tooltip } from "@mantine/core";
import { IconChevronDown, IconChevronRight, IconRefresh, IconSearch } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { count } from "../../lib/format";
import type { Table, TableColumn } from "../../lib/tables";
import { Loading } from "../../ui/Loading";
import { Problem } from "../../ui/Problem";
import { TableTree } from "./TableTree";
import type { Tables } from "./useTables";

interface Props {
  tables: Tables;
  /** What people call the database. */
  database: string;
  /** There is room beside the editor. */
  isBeside: boolean;
  isOpen: boolean;
  onOpen: (isOpen: boolean) => void;
  onTable: (table: Table) => void;
  onColumn: (column: TableColumn, table: Table) => void;
}

export function TablesPart({ tables, database, isBeside, isOpen, onOpen, onTable, onColumn }: Props) {
  const again = (
    <Tooltip label="Look again">
      <ActionIcon variant="subtle" color="gray" aria-label="Look for tables again" onClick={tables.again} loading={tables.isLoading && tables.isKnown}>
        <IconRefresh size={16} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
  const content = <Content tables={tables} database={database} onTable={onTable} onColumn={onColumn} />;
  if (!isBeside) {
    return (
      <section aria-label="Tables">
        <Button
          size="xs"
          variant="default"
          aria-expanded={isOpen}
          leftSection={isOpen ? <IconChevronDown size={14} aria-hidden /> : <IconChevronRight size={14} aria-hidden />}
          onClick={() => onOpen(!isOpen)}
        >
          Tables{tables.isKnown && ` (${count(tables.all.length)}${tables.hasMore ? "+" : ""})`}
        </Button>
        <Collapse expanded={isOpen}>{isOpen && <Stack gap="xs" pt="xs">{content}</Stack>}</Collapse>
      </section>
    );
  }
  return (
    <Paper withBorder p="sm" component="section" aria-labelledby="tables">
      <Group justify="space-between" mb={4} wrap="nowrap">
        <Title order={2} size="h5" id="tables">
          Tables
        </Title>
        {again}
      </Group>
      <Stack gap="xs">{content}</Stack>
    </Paper>
  );
}

function Content({ tables, database, onTable, onColumn }: Pick<Props, "tables" | "database" | "onTable" | "onColumn">): ReactNode {
  if (tables.error !== null && !tables.isKnown) {
    return (
      <>
        <Problem error={tables.error} retry={tables.again} />
        <Text size="xs" c="dimmed">
          The editor works without them.
        </Text>
      </>
    );
  }
  if (!tables.isKnown) return <Loading lines={4} />;
  if (tables.all.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        The account may read no table of {database}. Grant it SELECT on what it is to read, then look again.
      </Text>
    );
  }
  return (
    <>
      <TextInput
        size="xs"
        aria-label="Search tables and columns"
        placeholder="Search tables and columns"
        leftSection={<IconSearch size={14} aria-hidden />}
        value={tables.search}
        onChange={(event) => tables.setSearch(event.currentTarget.value)}
        onKeyDown={(event) => {
          // Enter would save the query.
          if (event.key === "Enter") event.preventDefault();
        }}
      />
      {tables.hasMore && (
        <Text size="xs" c="dimmed">
          There are more than these {count(tables.all.length)} tables: search for one that is not here.
        </Text>
      )}
      {tables.lines.length > 0 ? (
        <TableTree label={`Tables of ${database}`} lines={tables.lines} onTurn={tables.turn} onTable={onTable} onColumn={onColumn} />
      ) : (
        <Text size="sm" c="dimmed" role="status">
          {tables.isLoading ? "Looking for it" : "Nothing matches"}
        </Text>
      )}
    </>
  );
}

/** How many tables are offered to begin with. */
const OFFERED = 4;

/** The step that begins a query: shown while nothing is written. */
export function StartWithTable({ tables, onTable, onAll }: { tables: Table[]; onTable: (table: Table) => void; onAll?: (() => void) | undefined }) {
  if (tables.length === 0) return null;
  return (
    <div className="tables-start" role="group" aria-label="Start with a table">
      <Text size="sm" c="dimmed" span>
        Start with a table:
      </Text>
      {tables.slice(0, OFFERED).map((table) => (
        <Button key={table.sql} size="compact-sm" variant="light" maw="min(100%, 240px)" title={table.sql} onClick={() => onTable(table)}>
          {table.name}
        </Button>
      ))}
      {onAll !== undefined && tables.length > OFFERED && (
        <Button size="compact-sm" variant="subtle" onClick={onAll}>
          {count(tables.length - OFFERED)} more
        </Button>
      )}
    </div>
  );
}
