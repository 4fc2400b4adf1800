// What is done about the past of a series: ranges are read once more, and compared with what InfluxDB has.

import { Anchor, Button, Group, Text } from "@mantine/core";
import { IconHistory, IconScale } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { auditPage } from "../../api/audits";
import { backfillPage } from "../../api/backfills";
import type { Series } from "../../api/series";
import { foundWords } from "../../lib/audits";
import { AuditBadge } from "../../ui/AuditBadge";
import { BackfillBadge } from "../../ui/BackfillBadge";
import { Range } from "../../ui/Bound";
import { ChunkBar } from "../../ui/ChunkBar";
import { Section } from "../../ui/Section";

/** A snapshot series has no past: nothing tells what its query would have answered. */
export function PastSection({ series }: { series: Series }) {
  const isSnapshot = series.mode.mode === "snapshot";
  const { data } = useQuery({ ...backfillPage({ series: series.id, limit: 1 }), placeholderData: undefined, enabled: !isSnapshot });
  const audits = useQuery({ ...auditPage({ series: series.id, limit: 1 }), placeholderData: undefined, enabled: !isSnapshot });
  const [last, audit] = [data?.[0], audits.data?.[0]];
  if (isSnapshot) {
    return (
      <Section title="Past" about="None: a snapshot is of its moment, and nothing tells what the query would have answered before. Run it by hand for one more." children={null} />
    );
  }
  return (
    <Section
      title="Past"
      about="A backfill reads rows of before once more; an audit compares what they make with what InfluxDB has."
      actions={
        <Group gap="xs">
          <Button size="xs" variant="default" leftSection={<IconHistory size={14} aria-hidden />} renderRoot={(rest) => <Link to="/backfills/new" search={{ series: series.id }} {...rest} />}>
            Backfill…
          </Button>
          <Button size="xs" variant="default" leftSection={<IconScale size={14} aria-hidden />} renderRoot={(rest) => <Link to="/audits/new" search={{ series: series.id }} {...rest} />}>
            Audit…
          </Button>
        </Group>
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
      {audit && (
        <Group gap="xs">
          <AuditBadge state={audit.state} />
          <Anchor size="sm" renderRoot={(rest) => <Link to="/audits/$audit" params={{ audit: audit.id }} {...rest} />}>
            The last audit
          </Anchor>
          <Text size="sm" component="span">
            {foundWords(audit)}
          </Text>
          <Text size="sm" c="dimmed" component="span" className="wrap">
            <Range from={audit.from} to={audit.to} />
          </Text>
        </Group>
      )}
    </Section>
  );
}
