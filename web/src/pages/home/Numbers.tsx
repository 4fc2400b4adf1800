// How many there are of everything, and how the runs of the last day ended; each number leads to what it counts.

import { Anchor, Group, Paper, SimpleGrid, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Run } from "../../api/runs";
import { perStatus } from "../../lib/health";
import { count } from "../../lib/format";
import { RUN_STATUSES } from "../../lib/runSearch";
import { RunBadge } from "../../ui/RunBadge";
import type { House } from "./data";

export function Numbers({ house }: { house: House }) {
  const connections = house.connections.data ?? [];
  const states = (["failing", "unverified"] as const)
    .map((state) => [state, connections.filter((one) => one.state === state).length] as const)
    .filter(([, many]) => many > 0)
    .map(([state, many]) => `${many} ${state}`);
  const series = house.series.data ?? [];
  const groups = house.groups.data ?? [];
  const files = house.files.data?.files ?? [];
  const broken = files.filter((file) => file.state !== "loaded").length;
  const off = (all: { enabled?: boolean }[]) => all.filter((one) => one.enabled === false).length;
  const said = (many: number, word: string) => (many === 0 ? "" : `${many} ${word}`);
  const cards = [
    { to: "/connections", name: "Connections", many: connections.length, more: connections.length === 0 ? "" : states.join(", ") || "all verified" },
    { to: "/databases", name: "Databases", many: house.databases.data?.length ?? 0, more: "" },
    { to: "/series", name: "Series", many: series.length, more: said(off(series), "disabled") },
    { to: "/groups", name: "Groups", many: groups.length, more: said(off(groups), "disabled") },
    { to: "/files", name: "Files", many: files.length, more: said(broken, "broken") },
  ] as const;
  const sums = perStatus(house.counts.data ?? []);
  return (
    <section aria-label="In numbers">
      <SimpleGrid cols={{ base: 2, xs: 3, md: 5 }} spacing="sm" component="ul" m={0} p={0} style={{ listStyle: "none" }}>
        {cards.map(({ to, name, many, more }) => (
          <Paper key={to} withBorder p="sm" component="li" className="count">
            <Anchor size="sm" className="count-link" renderRoot={(rest) => <Link to={to} {...rest} />}>
              {name}
            </Anchor>
            <Text fw={650} size="xl" lh={1.2}>
              {count(many)}
            </Text>
            <Text size="xs" c="dimmed" mih="1.5em">
              {more}
            </Text>
          </Paper>
        ))}
      </SimpleGrid>
      <Paper withBorder p="sm" mt="sm">
        <Group gap="md">
          <Title order={2} size="sm">
            Runs of the last 24 hours
          </Title>
          {house.counts.isSuccess && sums.size === 0 && (
            <Text size="sm" c="dimmed">
              None
            </Text>
          )}
          <Group gap="sm" component="ul" m={0} p={0} style={{ listStyle: "none" }}>
            {RUN_STATUSES.filter((status) => sums.has(status)).map((status) => (
              <li key={status}>
                <Link to="/runs" search={{ status, range: "24h" }} className="plain-link">
                  <RunBadge status={status} />{" "}
                  <Text span fw={600} size="sm">
                    {count(sums.get(status) ?? 0)}
                  </Text>
                </Link>
              </li>
            ))}
          </Group>
          <Running runs={house.running.data ?? []} />
        </Group>
      </Paper>
    </section>
  );
}

/** One line, always there: what comes and goes every second moves nothing. */
function Running({ runs }: { runs: Run[] }) {
  const [first, ...others] = runs;
  return (
    <Text size="sm" c="dimmed" ml="auto">
      Running now:{" "}
      {first === undefined ? (
        "nothing"
      ) : (
        <Anchor size="sm" className="wrap" renderRoot={(rest) => <Link to="/runs" search={{ status: "running" }} {...rest} />}>
          {first.series_name}
          {others.length > 0 && ` and ${count(others.length)} more`}
        </Anchor>
      )}
    </Text>
  );
}
