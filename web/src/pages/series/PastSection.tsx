// What a series does about its past: ranges that are read once more.

import { Anchor, Button, Group, Text } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { backfillPage } from "../../api/backfills";
import type { Series } from "../../api/series";
import { BackfillBadge } from "../../ui/BackfillBadge";
import { Range } from "../../ui/Bound";
import { ChunkBar } from "../../ui/ChunkBar";
import { Section } from "../../ui/Section";

/** A snapshot series has no past: nothing tells what its query would have answered. */
export function PastSection({ series }: { series: Series }) {
  const isSnapshot = series.mode.mode === "snapshot";
  const { data } = useQuery({ ...backfillPage({ series: series.id, limit: 1 }), placeholderData: undefined, enabled: !isSnapshot });
  const last = data?.[0];
  if (isSnapshot) {
    return (
      <Section title="Past" about="None: a snapshot is of its moment, and nothing tells what the query would have answered before. Run it by hand for one more." children={null} />
    );
  }
  return (
    <Section
      title="Past"
      about="Rows of before are read once more by a backfill, beside its own runs."
      actions={
        <Button size="xs" variant="default" leftSection={<IconHistory size={14} aria-hidden />} renderRoot={(rest) => <Link to="/backfills/new" search={{ series: series.id }} {...rest} />}>
          Backfill…
        </Button>
      }
    >
      {last?.id != null && last.state != null && (
        <div>
          <Group gap="xs" mb={4}>
            <BackfillBadge state={last.state} />
            <Anchor size="sm" renderRoot={(rest) => <Link to="/backfills/$backfill" params={{ backfill: last.id ?? "" }} {...rest} />}>
              The last backfill
            </Anchor>
            <Text size="sm" c="dimmed" component="span" className="wrap">
              <Range from={last.from} to={last.to} />
            </Text>
          </Group>
          <ChunkBar {...last} />
        </div>
      )}
    </Section>
  );
}
