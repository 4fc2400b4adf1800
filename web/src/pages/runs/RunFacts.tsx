// What a run stands for, and what it did in numbers.

import { Anchor, Paper, SimpleGrid, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Run } from "../../api/runs";
import { bytes, count, instant } from "../../lib/format";
import { Range } from "../../ui/Bound";
import { beganBy } from "./RunTable";

/** An instant as the viewer's clock shows it, with the exact UTC beside it. */
function Both({ at }: { at: string }) {
  return (
    <time dateTime={at}>
      {instant(at)}
      <span className="utc">{at}</span>
    </time>
  );
}

export function RunFacts({ run, names }: { run: Run; names: { group: string | undefined; connection: string | undefined } }) {
  const facts: [string, ReactNode][] = [
    [run.slots > 1 ? `Slots (${count(run.slots)})` : "Slot", <Both key="slot" at={run.slot} />],
  ];
  if (run.slots > 1) facts.push(["Last slot", <Both key="last" at={run.last_slot} />]);
  if (run.window) {
    facts.push(["Window from", <Both key="from" at={run.window.start} />], ["Until, not included", <Both key="to" at={run.window.end} />]);
  }
  facts.push(["Started by", beganBy(run)]);
  if (run.backfill_id != null && run.chunk != null) {
    const { backfill_id: backfill, chunk } = run;
    facts.push([
      "Chunk",
      <span key="chunk">
        <Anchor size="sm" renderRoot={(rest) => <Link to="/backfills/$backfill" params={{ backfill }} {...rest} />}>
          {count(chunk.number + 1)} of a backfill
        </Anchor>
        {chunk.to != null && (
          <span className="utc">
            <Range from={chunk.from} to={chunk.to} />
          </span>
        )}
      </span>,
    ]);
  }
  if (Date.parse(run.not_before) > Date.parse(run.queued_at)) facts.push(["Not before", <Both key="not" at={run.not_before} />]);
  facts.push([
    "Series",
    <Anchor key="series" size="sm" renderRoot={(rest) => <Link to="/series/$series" params={{ series: run.series_id }} {...rest} />}>
      {run.series_name}
    </Anchor>,
  ]);
  if (run.group_id != null) {
    const group = run.group_id;
    facts.push([
      "Group",
      <Anchor key="group" size="sm" renderRoot={(rest) => <Link to="/groups/$group" params={{ group }} {...rest} />}>
        {names.group ?? group}
      </Anchor>,
    ]);
  }
  facts.push([
    "Connection",
    names.connection === undefined ? (
      "deleted since"
    ) : (
      <Anchor
        key="connection"
        size="sm"
        renderRoot={(rest) => <Link to="/connections/$connection" params={{ connection: run.connection_id }} {...rest} />}
      >
        {names.connection}
      </Anchor>
    ),
  ]);
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4" mb="xs">
        What was run
      </Title>
      <dl className="run-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="wrap">{value}</dd>
          </div>
        ))}
      </dl>
    </Paper>
  );
}

export function RunFigures({ run }: { run: Run }) {
  const f = run.figures;
  const figures: [string, string, string][] = [
    ["Rows read", count(f.rows_read ?? 0), "sent by the database"],
    ["Points written", count(f.points_written ?? 0), "acknowledged by InfluxDB"],
    ["Rejected", count(f.rejected ?? 0), "could not be written, kept as rejects"],
    ["Rows skipped", count(f.rows_skipped ?? 0), "had no field"],
    ["Written", bytes(f.bytes_written ?? 0), "of line protocol"],
    ["Sent", bytes(f.bytes_sent ?? 0), "compressed, repeats included"],
    ["Requests", count(f.requests ?? 0), "repeats included"],
    ["Retries", count(f.retries ?? 0), "requests that were repeated"],
  ];
  if ((f.rows_unchanged ?? 0) > 0) figures.push(["Unchanged", count(f.rows_unchanged ?? 0), "read again by the overlap, not written again"]);
  if ((f.values_omitted ?? 0) > 0) figures.push(["Values omitted", count(f.values_omitted ?? 0), "by the mapping's policy"]);
  if ((f.values_truncated ?? 0) > 0) figures.push(["Values cut", count(f.values_truncated ?? 0), "by the mapping's policy"]);
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4" mb="xs">
        In numbers
      </Title>
      <SimpleGrid cols={{ base: 2, xs: 4 }} component="dl" m={0} spacing="sm">
        {figures.map(([name, value, what]) => (
          <div key={name} className="number">
            <Text component="dt" size="xs" c="dimmed">
              {name}
            </Text>
            <Text component="dd" m={0} fw={650} size="lg">
              {value}
              <Text span display="block" size="xs" c="dimmed" fw={400}>
                {what}
              </Text>
            </Text>
          </div>
        ))}
      </SimpleGrid>
    </Paper>
  );
}
