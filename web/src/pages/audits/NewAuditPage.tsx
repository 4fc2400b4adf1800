// A new audit: of which series first, then its range.

import { Alert, Button, Stack, Text } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type Series, seriesList } from "../../api/series";
import { Loading } from "../../ui/Loading";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";
import { SeriesSelect } from "../../ui/SeriesSelect";
import { AuditForm } from "./AuditForm";

export function NewAuditPage() {
  const { series: reference } = useSearch({ from: "/audits/new" });
  const navigate = useNavigate();
  const { data: all, error, refetch } = useQuery(seriesList);
  const series = all?.find(({ id, name }) => id === reference || name === reference);
  return (
    <>
      <PageHead
        title="New audit"
        about="Reads the rows of a series as a run does and counts the points that they make, and those that are in InfluxDB. Nothing is written."
      />
      {error && !all && <Problem error={error} retry={() => void refetch()} />}
      {!all && !error && <Loading lines={3} />}
      {all && (
        <Stack>
          <Section title="Whose rows">
            <SeriesSelect
              all={all}
              value={series?.id}
              onChange={(next) => void navigate({ to: "/audits/new", search: next === undefined ? {} : { series: next }, replace: true })}
            />
          </Section>
          {series && (series.mode.mode === "snapshot" ? <NothingToCompare series={series} /> : <AuditForm key={series.id} series={series} />)}
        </Stack>
      )}
    </>
  );
}

/** What a snapshot wrote is not in its database any more. */
function NothingToCompare({ series }: { series: Series }) {
  return (
    <Alert color="gray" icon={<IconInfoCircle aria-hidden />} title="A snapshot series cannot be compared">
      <Stack gap="sm" align="flex-start">
        <Text size="sm">
          The query of {series.name} answers only with the rows of this moment: what it answered before is in InfluxDB alone, and nothing is left to compare it with.
        </Text>
        <Button size="xs" variant="default" renderRoot={(rest) => <Link to="/series/$series" params={{ series: series.id }} {...rest} />}>
          Open the series
        </Button>
      </Stack>
    </Alert>
  );
}
