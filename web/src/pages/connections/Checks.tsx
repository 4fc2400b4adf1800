// What became of the checks of a connection: all that are kept as a strip, and under it what failed.

import { Group, List, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { checksOf } from "../../api/checks";
import type { Connection } from "../../api/connections";
import { causeOf, type Outage, outages, tally } from "../../lib/checks";
import { count } from "../../lib/format";
import { HealthStrip } from "../../ui/HealthStrip";
import { Problem } from "../../ui/Problem";
import { StateBadge } from "../../ui/StateBadge";
import { When } from "../../ui/When";

/** Of the failures only so many are listed. */
const LISTED = 10;

export function Checks({ connection: { id, name } }: { connection: Connection }) {
  const { data: checks, error, refetch } = useQuery(checksOf(id));
  if (error && !checks) return <Problem error={error} retry={() => void refetch()} />;
  if (!checks || checks.length === 0) return null;
  const failures = outages(checks);
  return (
    <Stack gap="xs" mt="sm">
      <HealthStrip checks={checks} name={name} height={36} />
      <Text size="xs" c="dimmed" className="wrap">
        {tally(checks)}, the server's own and those of people
      </Text>
      {failures.length > 0 && (
        <>
          <Title order={3} size="sm" mt={4}>
            Failures
          </Title>
          <List listStyleType="none" spacing={8} aria-label="Failures" styles={{ itemWrapper: { width: "100%" }, itemLabel: { width: "100%" } }}>
            {failures.slice(0, LISTED).map((outage) => (
              <List.Item key={outage.to.at}>
                <Failure of={outage} />
              </List.Item>
            ))}
          </List>
          {failures.length > LISTED && (
            <Text size="xs" c="dimmed">
              and {count(failures.length - LISTED)} earlier
            </Text>
          )}
        </>
      )}
    </Stack>
  );
}

function Failure({ of: { from, to, checks, lasts } }: { of: Outage }) {
  return (
    <Group gap="xs" align="flex-start">
      <StateBadge tone={lasts ? "bad" : "quiet"}>{lasts ? "lasts" : "over"}</StateBadge>
      <Text size="sm" className="wrap" style={{ flex: "1 1 220px", minWidth: 0 }}>
        {causeOf(to)}
        <Text span size="xs" c="dimmed" display="block">
          {checks === 1 ? (
            <When at={to.at} />
          ) : (
            <>
              {count(checks)} checks, from <When at={from.at} /> to <When at={to.at} />
            </>
          )}
        </Text>
      </Text>
    </Group>
  );
}
