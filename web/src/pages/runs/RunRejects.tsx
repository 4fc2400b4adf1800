// What a run could not write: row, reason, line.

import { Anchor, Button, Code, Group, Paper, Skeleton, Table, Text, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { runRejects } from "../../api/runs";
import { count, sentence } from "../../lib/format";
import { Problem } from "../../ui/Problem";

/** The rejects that are kept; a server keeps so many of one run and counts the rest. */
export function RunRejects({ run, rejected }: { run: string; rejected: number }) {
  const rejects = useInfiniteQuery(runRejects(run));
  const kept = rejects.data?.pages.flat() ?? [];
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" gap="xs" mb={4}>
        <Title order={2} size="h4">
          Rejects
        </Title>
        <Anchor size="sm" underline="always" renderRoot={(rest) => <Link to="/rejects" search={{ run }} {...rest} />}>
          Send again, discard or export
        </Anchor>
      </Group>
      <Text size="sm" c="dimmed" mb="xs" aria-live="polite">
        {count(rejected)} {rejected === 1 ? "row" : "rows"} could not be written
        {kept.length < rejected && `; ${count(kept.length)} of them ${kept.length === 1 ? "is" : "are"} shown`}.
        {!rejects.hasNextPage && !rejects.isPending && kept.length < rejected && " The others were only counted."}
      </Text>
      {rejects.isPending && <Skeleton height={80} />}
      {rejects.isError && <Problem error={rejects.error} retry={() => void rejects.refetch()} />}
      {kept.length > 0 && (
        <div className="scrolls" tabIndex={0} role="region" aria-label="Rejects">
          <Table miw={480}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Row</Table.Th>
                <Table.Th scope="col">Reason</Table.Th>
                <Table.Th scope="col">Line</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {kept.map(({ row, reason, line, values }) => (
                <Table.Tr key={row}>
                  <Table.Th scope="row">{count(row)}</Table.Th>
                  <Table.Td className="wrap" miw={180}>
                    {sentence(reason)}
                  </Table.Td>
                  <Table.Td className="wrap">
                    {line == null ? (
                      <>
                        <Text span size="sm" c="dimmed">
                          never became a line
                        </Text>
                        {values != null && (
                          <Code className="wrap" display="block" mt={2}>
                            {values}
                          </Code>
                        )}
                      </>
                    ) : (
                      <Code className="wrap">{line}</Code>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      {rejects.hasNextPage && (
        <Button mt="xs" variant="default" loading={rejects.isFetchingNextPage} onClick={() => void rejects.fetchNextPage()}>
          Show more
        </Button>
      )}
    </Paper>
  );
}
