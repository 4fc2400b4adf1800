// How each connection fares: the default first, then those that need somebody.

import { Anchor, Badge, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { stripOf } from "../../api/checks";
import type { Connection } from "../../api/connections";
import { count } from "../../lib/format";
import { inSight } from "../../lib/health";
import { HealthStrip } from "../../ui/HealthStrip";
import { Section } from "../../ui/Section";
import { StateBadge } from "../../ui/StateBadge";
import { When } from "../../ui/When";

const STATE = { verified: "good", failing: "bad", unverified: "quiet" } as const;

export function ConnectionsHealth({ connections }: { connections: Connection[] }) {
  const { shown, left } = inSight(connections);
  const more = left.reduce((sum, { many }) => sum + many, 0);
  return (
    <Section title="Connections">
      <Stack gap="sm" component="ul" m={0} p={0} style={{ listStyle: "none" }}>
        {shown.map((connection) => (
          <li key={connection.id} className="health-row">
            <One connection={connection} />
          </li>
        ))}
      </Stack>
      {more > 0 && (
        <Text size="sm">
          <Anchor size="sm" renderRoot={(rest) => <Link to="/connections" {...rest} />}>
            {count(more)} more
          </Anchor>{" "}
          <Text span size="sm" c="dimmed">
            {left.map(({ state, many }) => `${count(many)} ${state}`).join(", ")}
          </Text>
        </Text>
      )}
    </Section>
  );
}

function One({ connection: { id, name, state, gone, default: isDefault, last_check: last } }: { connection: Connection }) {
  const { data: checks } = useQuery(stripOf(id));
  const newest = checks?.[0]?.at ?? last?.at;
  return (
    <>
      <div className="health-name">
        <Anchor size="sm" fw={550} className="wrap" renderRoot={(rest) => <Link to="/connections/$connection" params={{ connection: id }} {...rest} />}>
          {name}
        </Anchor>{" "}
        {isDefault && (
          <Badge variant="light" tt="none" size="sm">
            Default
          </Badge>
        )}
        <Text size="xs" c="dimmed">
          {newest === undefined ? (
            "not checked yet"
          ) : (
            <>
              checked <When at={newest} />
            </>
          )}
        </Text>
      </div>
      <StateBadge tone={gone ? "bad" : STATE[state]}>{gone ? "gone" : state}</StateBadge>
      <div className="health-bars">{checks !== undefined && checks.length > 0 && <HealthStrip checks={checks} name={name} bars={20} />}</div>
    </>
  );
}
