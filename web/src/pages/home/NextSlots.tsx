// What runs now, and which groups are next.

import { Anchor, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useInterval } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type Group as GroupOfSeries, wordsOf } from "../../api/groups";
import type { Run } from "../../api/runs";
import { fromNow, instant } from "../../lib/format";
import { RunBadge } from "../../ui/RunBadge";

const SHOWN = 5;

export function NextSlots({ groups, running }: { groups: GroupOfSeries[]; running: Run[] }) {
  const [now, setNow] = useState(() => Date.now());
  useInterval(() => setNow(Date.now()), 1_000, { autoInvoke: true });
  const next = groups
    .flatMap((group) => (group.next_slot_at == null ? [] : [{ group, at: group.next_slot_at }]))
    .sort((a, b) => a.at.localeCompare(b.at))
    .slice(0, SHOWN);
  return (
    <div className="two-halves">
      <Paper withBorder p="md" component="section" aria-labelledby="next-slots">
        <Title order={2} size="h4" mb="xs" id="next-slots">
          Next slots
        </Title>
        {next.length === 0 && (
          <Text size="sm" c="dimmed">
            No group is enabled
          </Text>
        )}
        <Stack gap={8} component="ul" m={0} p={0} style={{ listStyle: "none" }}>
          {next.map(({ group, at }) => (
            <Group key={group.id} component="li" justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
              <div style={{ minWidth: 0 }}>
                <Anchor size="sm" fw={550} className="wrap" renderRoot={(rest) => <Link to="/groups/$group" params={{ group: group.id }} {...rest} />}>
                  {group.name}
                </Anchor>
                <Text size="xs" c="dimmed">
                  {wordsOf(group.words)}
                </Text>
              </div>
              <Text size="sm" component="time" dateTime={at} title={`${instant(at)} here, ${at}`} ta="right" style={{ flexShrink: 0 }}>
                {Date.parse(at) <= now ? "now" : fromNow(at, now)}
              </Text>
            </Group>
          ))}
        </Stack>
      </Paper>
      <Paper withBorder p="md" component="section" aria-labelledby="running-now">
        <Title order={2} size="h4" mb="xs" id="running-now">
          Running now
        </Title>
        {running.length === 0 && (
          <Text size="sm" c="dimmed">
            Nothing
          </Text>
        )}
        <Stack gap={8} component="ul" m={0} p={0} style={{ listStyle: "none" }}>
          {running.slice(0, SHOWN).map((run) => (
            <Group key={run.id} component="li" justify="space-between" gap="xs">
              <Anchor size="sm" className="wrap" renderRoot={(rest) => <Link to="/runs/$run" params={{ run: run.id }} {...rest} />}>
                {run.series_name}
              </Anchor>
              <RunBadge status={run.status} />
            </Group>
          ))}
          {running.length > SHOWN && (
            <li>
              <Anchor size="sm" renderRoot={(rest) => <Link to="/runs" search={{ status: "running" }} {...rest} />}>
                and {running.length - SHOWN} more
              </Anchor>
            </li>
          )}
        </Stack>
      </Paper>
    </div>
  );
}
