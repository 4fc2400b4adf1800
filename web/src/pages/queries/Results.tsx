import { Group, Paper, Stack, Table, Text, Title } from "@mantine/core";
import { count, duration } from "../../lib/format";
import { Problem } from "../../ui/Problem";
import { ValueTable } from "../../ui/ValueTable";
import type { Column } from "./data";
import type { Outcome } from "./useTrial";

/** What a try, or a look at the columns, came to. */
export function Results({ outcome, error, running }: { outcome: Outcome | undefined; error: unknown; running: boolean }) {
  return (
    <section aria-label="Result" aria-busy={running}>
      <Text size="sm" c="dimmed" role="status" aria-live="polite" mb={4}>
        {running ? "Reading" : outcome && summary(outcome)}
      </Text>
      {error !== undefined && <Problem error={error} />}
      {outcome?.kind === "rows" && (
        <ValueTable label="First rows" columns={outcome.rows.columns} rows={outcome.rows.rows as unknown[][]} />
      )}
      {outcome?.kind === "columns" && <Columns columns={outcome.columns} />}
    </section>
  );
}

function summary(outcome: Outcome): string {
  const took = `in ${duration(outcome.took_ms)}`;
  if (outcome.kind === "columns") return `${number(outcome.columns.length, "column")} ${took}`;
  const { rows, columns, complete } = outcome.rows;
  return `${complete ? "" : "The first "}${number(rows.length, "row")}${complete ? ", all there are" : "; there are more"} · ${number(columns.length, "column")} · ${took}`;
}

function number(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

function Columns({ columns }: { columns: Column[] }) {
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Group>
          <Title order={2} size="h5">
            Columns
          </Title>
        </Group>
        <Table.ScrollContainer minWidth={280}>
          <Table aria-label="Columns">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Name</Table.Th>
                <Table.Th>Type</Table.Th>
                <Table.Th>In the database</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {columns.map(({ name, kind, native }, at) => (
                <Table.Tr key={at}>
                  <Table.Td className="mono">{name}</Table.Td>
                  <Table.Td>{kind}</Table.Td>
                  <Table.Td className="mono">{native}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Stack>
    </Paper>
  );
}
