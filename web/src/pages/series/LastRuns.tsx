import { Anchor, Group, Stack, Table, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type Run, runPage } from "../../api/runs";
import { count, duration, instant } from "../../lib/format";
import { Loading } from "../../ui/Loading";
import { Problem } from "../../ui/Problem";
import { barLook, RunBadge } from "../../ui/RunBadge";
import { Section } from "../../ui/Section";
import { Sparkline } from "../../ui/Sparkline";
import { When } from "../../ui/When";

/** What is looked at in Explore; undefined where nothing can be looked at. */
export type Explored = { connection: string; measurement?: string } | undefined;

/** Runs that are shown as bars. */
export const LAST_RUNS = 40;
const SHOWN = 5;

/** How the last runs went: a bar of rows each, and the latest in numbers. */
export function LastRuns({ series, explore }: { series: string; explore: Explored }) {
  const navigate = useNavigate();
  const isNarrow = useMediaQuery("(max-width: 40em)", false);
  const { data: runs, error, refetch } = useQuery({ ...runPage({ series, limit: LAST_RUNS }), placeholderData: undefined });
  const oldestFirst = [...(runs ?? [])].reverse();
  return (
    <Section
      title="Last runs"
      actions={
        <Group gap="md">
          {explore && runs !== undefined && runs.length > 0 && (
            <Anchor size="sm" renderRoot={(rest) => <Link to="/explore" search={explore} {...rest} />}>
              Explore its points
            </Anchor>
          )}
          <Anchor size="sm" renderRoot={(rest) => <Link to="/runs" search={{ series }} {...rest} />}>
            All runs
          </Anchor>
        </Group>
      }
    >
      {error && !runs && <Problem error={error} retry={() => void refetch()} />}
      {!runs && !error && <Loading lines={2} />}
      {runs?.length === 0 && (
        <Text size="sm" c="dimmed">
          It has not run yet.
        </Text>
      )}
      {runs !== undefined && runs.length > 0 && (
        <>
          <Sparkline
            label={runs.length === 1 ? "Rows of the only run" : `Rows of the last ${runs.length} runs`}
            bars={oldestFirst.map((run) => ({
              id: run.id,
              value: run.figures.rows_read ?? 0,
              label: `${instant(run.slot)}: ${count(run.figures.rows_read ?? 0)} rows, ${run.status}`,
              look: barLook(run.status),
            }))}
            onOpen={(run) => void navigate({ to: "/runs/$run", params: { run } })}
          />
          {isNarrow ? <Cards runs={runs.slice(0, SHOWN)} /> : <Rows runs={runs.slice(0, SHOWN)} />}
        </>
      )}
    </Section>
  );
}

function Rows({ runs }: { runs: Run[] }) {
  return (
    <div className="scrolls" tabIndex={0} role="region" aria-label="The latest runs">
      <Table aria-label="The latest runs" verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Status</Table.Th>
            <Table.Th>Slot</Table.Th>
            <Table.Th ta="right">Rows</Table.Th>
            <Table.Th ta="right">Points</Table.Th>
            <Table.Th ta="right">Rejected</Table.Th>
            <Table.Th ta="right">Took</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {runs.map((run) => (
            <Table.Tr key={run.id}>
              <Table.Td>
                <RunBadge status={run.status} />
              </Table.Td>
              <Table.Td style={{ whiteSpace: "nowrap" }}>
                <At run={run} />
              </Table.Td>
              <Table.Td ta="right">{count(run.figures.rows_read ?? 0)}</Table.Td>
              <Table.Td ta="right">{count(run.figures.points_written ?? 0)}</Table.Td>
              <Table.Td ta="right">{count(run.figures.rejected ?? 0)}</Table.Td>
              <Table.Td ta="right">{took(run)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** The same where a table would be cut. */
function Cards({ runs }: { runs: Run[] }) {
  return (
    <Stack component="ul" gap="sm" m={0} p={0} style={{ listStyle: "none" }} aria-label="The latest runs">
      {runs.map((run) => (
        <li key={run.id}>
          <Group gap="xs">
            <RunBadge status={run.status} />
            <At run={run} />
          </Group>
          <Text size="xs">
            {count(run.figures.rows_read ?? 0)} rows → {count(run.figures.points_written ?? 0)} points
            {(run.figures.rejected ?? 0) > 0 && `, ${count(run.figures.rejected ?? 0)} rejected`} in {took(run)}
          </Text>
        </li>
      ))}
    </Stack>
  );
}

function At({ run }: { run: Run }) {
  return (
    <span>
      <Anchor size="sm" renderRoot={(rest) => <Link to="/runs/$run" params={{ run: run.id }} {...rest} />}>
        {instant(run.slot)}
      </Anchor>{" "}
      <Text span size="xs" c="dimmed">
        <When at={run.slot} />
      </Text>
    </span>
  );
}

function took({ started_at: begun, finished_at: ended }: Run): string {
  return begun != null && ended != null ? duration(Date.parse(ended) - Date.parse(begun)) : "–";
}
