// How each group fares: what its last slot came to, the rows of the slots before, and when the next one is.

import { Anchor, Stack, Text } from "@mantine/core";
import { useInterval } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { type Group, wordsOf } from "../../api/groups";
import { goesOn, runPage } from "../../api/runs";
import { count, fromNow, instant } from "../../lib/format";
import { ROWS, slotSums } from "../../lib/health";
import { barLook, RunBadge } from "../../ui/RunBadge";
import { Section } from "../../ui/Section";
import { Sparkline } from "../../ui/Sparkline";
import { StateBadge } from "../../ui/StateBadge";

/** Runs that are asked for of each group, and the slots of them that are drawn. */
const RUNS = 60;
const SLOTS = 11;

export function GroupsHealth({ groups }: { groups: Group[] }) {
  const [now, setNow] = useState(() => Date.now());
  useInterval(() => setNow(Date.now()), 1_000, { autoInvoke: true });
  // The next to come first, those that are disabled last.
  const sorted = [...groups].sort((a, b) => (a.next_slot_at ?? "~").localeCompare(b.next_slot_at ?? "~"));
  const [order] = useState(() => new Map(sorted.map(({ id }, place) => [id, place])));
  // Whoever looks at a row keeps it where it is: the next slot changes all the time.
  sorted.sort((a, b) => (order.get(a.id) ?? order.size) - (order.get(b.id) ?? order.size));
  const more = sorted.length - ROWS;
  return (
    <Section title="Groups">
      <Stack gap="sm" component="ul" m={0} p={0} style={{ listStyle: "none" }}>
        {sorted.slice(0, ROWS).map((group) => (
          <li key={group.id} className="health-row">
            <One group={group} now={now} />
          </li>
        ))}
      </Stack>
      {more > 0 && (
        <Anchor size="sm" renderRoot={(rest) => <Link to="/groups" {...rest} />}>
          {count(more)} more
        </Anchor>
      )}
    </Section>
  );
}

function One({ group: { id, name, words, next_slot_at: next, enabled }, now }: { group: Group; now: number }) {
  const navigate = useNavigate();
  const { data: runs } = useQuery(runPage({ group: id, limit: RUNS }));
  const slots = slotSums(runs ?? []);
  const ended = slots.filter(({ status }) => !goesOn(status));
  const [last] = ended;
  const bars = ended.slice(0, SLOTS).reverse();
  return (
    <>
      <div className="health-name">
        <Anchor size="sm" fw={550} className="wrap" renderRoot={(rest) => <Link to="/groups/$group" params={{ group: id }} {...rest} />}>
          {name}
        </Anchor>
        <Text size="xs" c="dimmed">
          {wordsOf(words)}
          {next != null && (
            <>
              , next{" "}
              <time dateTime={next} title={`${instant(next)} here, ${next}`}>
                {Date.parse(next) <= now ? "now" : fromNow(next, now)}
              </time>
            </>
          )}
        </Text>
      </div>
      {enabled === false ? (
        <StateBadge tone="quiet">disabled</StateBadge>
      ) : last === undefined ? (
        <StateBadge tone="quiet">no run yet</StateBadge>
      ) : (
        <Link to="/runs/$run" params={{ run: last.run }} className="plain-link" aria-label={`Last slot of ${name}: ${last.status}`}>
          <RunBadge status={last.status} />
        </Link>
      )}
      <div className="health-bars">
        {bars.length > 0 && (
          <Sparkline
            label={bars.length === 1 ? `Rows of the last slot of ${name}` : `Rows of the last ${bars.length} slots of ${name}`}
            height={24}
            told={false}
            bars={bars.map(({ run, slot, rows, status }) => ({ id: run, value: rows, label: `${instant(slot)}: ${count(rows)} rows, ${status}`, look: barLook(status) }))}
            onOpen={(run) => void navigate({ to: "/runs/$run", params: { run } })}
          />
        )}
      </div>
    </>
  );
}
