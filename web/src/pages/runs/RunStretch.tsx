// What a run of a series of only new rows read: from where to where, how far it could, and what kept it from more.

import { Paper, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import type { Schemas } from "../../api/client";
import { placeWords, type Position } from "../../api/cursors";
import { count, duration } from "../../lib/format";
import { When } from "../../ui/When";

/** A difference of clocks that is smaller is the way there and back. */
const SKEW_WORTH_A_WORD_MS = 1_000;

export function RunStretch({ stretch }: { stretch: Schemas["Stretch"] }) {
  const { from, to, fence, held_back: held, pages = 0, unchanged = 0, without_cursor: without = 0, skew_ms: skew } = stretch;
  const facts: [string, ReactNode][] = [
    ["From", <Place key="from" at={from} />],
    ["To", from != null && to != null && placeWords(from) === placeWords(to) ? "Where it began: the cursor did not move" : <Place key="to" at={to} />],
    ["Pages", `${count(pages)}: the cursor moved when all of ${pages === 1 ? "it" : "one"} was acknowledged`],
  ];
  if (fence != null) {
    facts.push(["Fence", <><code>{fence.text}</code>: rows from there on were left for later runs</>]);
  }
  if (held != null) {
    facts.push(["Held back by", <>{held.who}: its transaction had been open for {duration(held.for_s * 1_000)}, since <When at={held.since} absolute /></>]);
  }
  if (unchanged > 0) facts.push(["Unchanged", `${count(unchanged)} ${unchanged === 1 ? "row was" : "rows were"} read again and not written again`]);
  if (without > 0) facts.push(["Without a cursor", `${count(without)} ${without === 1 ? "row has" : "rows have"} none and ${without === 1 ? "was" : "were"} left out`]);
  if (skew != null && Math.abs(skew) >= SKEW_WORTH_A_WORD_MS) {
    facts.push(["Clock of the database", `${duration(Math.abs(skew))} ${skew > 0 ? "ahead of" : "behind"} this server's`]);
  }
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="stretch">
      <Title order={2} size="h4" mb="xs" id="stretch">
        What was read
      </Title>
      <dl className="fact-list">
        {facts.map(([name, value]) => (
          <div key={name}>
            <Text component="dt" size="sm" c="dimmed">
              {name}
            </Text>
            <Text component="dd" size="sm" m={0} className="wrap">
              {value}
            </Text>
          </div>
        ))}
      </dl>
    </Paper>
  );
}

function Place({ at }: { at: Position | null | undefined }) {
  return at == null ? "Before the first row" : <code className="wrap">{placeWords(at)}</code>;
}
