// A new backfill: of which series first, then its range, with the plan before anything is read.

import { Alert, Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { IconHistory, IconInfoCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { backfillPage } from "../../api/backfills";
import { type Series, seriesList } from "../../api/series";
import { isOpen } from "../../lib/backfills";
import { BackfillBadge } from "../../ui/BackfillBadge";
import { Loading } from "../../ui/Loading";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";
import { SeriesSelect } from "../../ui/SeriesSelect";
import { BackfillForm } from "./BackfillForm";

export function NewBackfillPage() {
  const { series: reference } = useSearch({ from: "/backfills/new" });
  const navigate = useNavigate();
  const { data: all, error, refetch } = useQuery(seriesList);
  const series = all?.find(({ id, name }) => id === reference || name === reference);
  return (
    <>
      <PageHead
        title="New backfill"
        about="Reads a range of a series' past and writes it once more, while the series itself goes on. Its cursor stays where it is, and what is written twice becomes the same points."
      />
      {error && !all && <Problem error={error} retry={() => void refetch()} />}
      {!all && !error && <Loading lines={3} />}
      {all && (
        <Stack>
          <Section title="Whose past">
            <SeriesSelect
              all={all}
              value={series?.id}
              onChange={(next) => void navigate({ to: "/backfills/new", search: next === undefined ? {} : { series: next }, replace: true })}
            />
          </Section>
          {series && (series.mode.mode === "snapshot" ? <NoPast series={series} /> : <Past key={series.id} series={series} />)}
        </Stack>
      )}
    </>
  );
}

/** A snapshot is of its moment. */
function NoPast({ series }: { series: Series }) {
  return (
    <Alert color="gray" icon={<IconInfoCircle aria-hidden />} title="A snapshot series has no past">
      <Stack gap="sm" align="flex-start">
        <Text size="sm">
          The query of {series.name} answers only with the rows of the moment in which it is asked, so nothing tells what it would have answered before. Run it by
          hand for one more snapshot. Where each row has a time or a growing number, make it a window series or one of only new rows: those have a past.
        </Text>
        <Group gap="xs">
          <Button size="xs" variant="default" renderRoot={(rest) => <Link to="/series/$series" params={{ series: series.id }} {...rest} />}>
            Open the series
          </Button>
          <Button size="xs" variant="default" renderRoot={(rest) => <Link to="/series/$series/edit" params={{ series: series.id }} hash="mode" {...rest} />}>
            Change its mode
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}

/** A series has one backfill at a time. */
function Past({ series }: { series: Series }) {
  const { data } = useQuery({ ...backfillPage({ series: series.id, limit: 1 }), placeholderData: undefined });
  const last = data?.[0];
  if (last?.id == null || last.state == null || !isOpen({ state: last.state })) return <BackfillForm series={series} />;
  const id = last.id;
  return (
    <Alert color="gray" icon={<IconHistory aria-hidden />} title="Another backfill of the series has not ended">
      <Group gap="sm">
        <BackfillBadge state={last.state} />
        <Anchor size="sm" underline="always" renderRoot={(rest) => <Link to="/backfills/$backfill" params={{ backfill: id }} {...rest} />}>
          Look at it
        </Anchor>
        <Text size="sm">A series has one at a time: wait for its end, or cancel it.</Text>
      </Group>
    </Alert>
  );
}
