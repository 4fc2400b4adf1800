import { SimpleGrid, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { Backfill } from "../../api/backfills";
import { bytes, count } from "../../lib/format";
import { ChunkBar } from "../../ui/ChunkBar";
import { Section } from "../../ui/Section";
import { Over } from "./Over";

/** How far it has come, how fast, and when it will be over. */
export function Progress({ backfill }: { backfill: Backfill }) {
  const { figures, rows_per_s: pace, eta, ended_at: ended, state } = backfill;
  const numbers: [string, ReactNode, string][] = [
    ["Rows read", count(figures.rows_read ?? 0), "of chunks that ended"],
    ["Points written", count(figures.points_written ?? 0), "acknowledged by InfluxDB"],
    ["Rejected", count(figures.rejected ?? 0), "kept as rejects"],
    ["Rows per second", pace == null ? "–" : count(pace), "while chunks ran"],
    ["Written", bytes(figures.bytes_written ?? 0), "of line protocol"],
    [ended == null ? "Over" : "Ended", <Over key="over" of={backfill} />, ended != null ? "all chunks together" : state === "running" && eta != null ? "if it goes on like this" : ""],
  ];
  return (
    <Section title="Progress">
      <div role="status">
        <ChunkBar {...backfill} />
      </div>
      <SimpleGrid cols={{ base: 2, xs: 3, md: 6 }} component="dl" m={0} spacing="sm">
        {numbers.map(([name, value, what]) => (
          <div key={name}>
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
    </Section>
  );
}
