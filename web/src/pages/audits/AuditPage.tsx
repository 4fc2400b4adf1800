// One audit: how far it has come, what it found and where, and reading again what differs.

import "./audits.css";

import { Alert, Anchor, Button, Code, Progress, SimpleGrid, Skeleton, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconInfoCircle, IconPlayerStop, IconScale } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { type Audit, cancelAudit, createAudit, oneAudit } from "../../api/audits";
import { Refusal } from "../../api/client";
import { counted, foundWords, intervals, mending } from "../../lib/audits";
import { count, duration, sentences } from "../../lib/format";
import { AuditBadge } from "../../ui/AuditBadge";
import { Range } from "../../ui/Bound";
import { CopyAs } from "../../ui/CopyAs";
import { showDone, showProblem } from "../../ui/form";
import { NothingHere } from "../../ui/NothingHere";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";
import { When } from "../../ui/When";
import { Differences } from "./Differences";
import { recipesOf } from "./draft";
import { Reread } from "./Reread";
import { Strip } from "./Strip";

export function AuditPage() {
  const { audit: id } = useParams({ from: "/audits/$audit" });
  const { data, error, refetch } = useQuery(oneAudit(id));
  if (error && !data) {
    if (error instanceof Refusal && error.status === 404) return <NothingHere />;
    return (
      <>
        <PageHead title="Audit" />
        <Problem error={error} retry={() => void refetch()} />
      </>
    );
  }
  if (!data) return <Skeleton height={240} role="status" aria-label="Loading the audit" />;
  return <Shown key={id} audit={data} />;
}

function Shown({ audit }: { audit: Audit }) {
  const { series, from, to, every, zone, state, reason } = audit;
  const whole = { from, to, every, ...(every === "day" ? { zone } : {}) };
  return (
    <>
      <PageHead
        title={`Audit of ${series.name}`}
        badges={
          <span role="status">
            <AuditBadge state={state} />
          </span>
        }
        about={
          <>
            <Range from={from} to={to} />, by {every}
            {every === "day" && ` in ${zone}`} ·{" "}
            <Anchor size="sm" underline="always" renderRoot={(rest) => <Link to="/series/$series" params={{ series: series.id }} {...rest} />}>
              the series
            </Anchor>
          </>
        }
        actions={
          <>
            {audit.differences.some(({ mendable }) => mendable) && <Reread audit={audit} />}
            <Acts audit={audit} whole={whole} />
            <CopyAs recipes={recipesOf(series.name, whole)} />
          </>
        }
      />
      <Stack>
        {reason != null && (
          <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title="It could not be brought to its end">
            <Text size="sm" className="wrap">
              {sentences(reason.message, reason.advice)}
            </Text>
            {reason.code != null && <Code>{reason.code}</Code>}
          </Alert>
        )}
        <Found audit={audit} />
        <Limits audit={audit} />
        {audit.differences.length > 0 && <Differences audit={audit} />}
      </Stack>
    </>
  );
}

function Acts({ audit, whole }: { audit: Audit; whole: Parameters<typeof createAudit>[1] }) {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const stop = useMutation({
    mutationFn: () => cancelAudit(audit.id),
    onSuccess: (now) => {
      cache.setQueryData(oneAudit(now.id).queryKey, now);
      showDone(`Stopped the audit of ${now.series.name}`);
    },
    onError: showProblem,
    onSettled: () => cache.invalidateQueries({ queryKey: ["audits"] }),
  });
  const again = useMutation({
    mutationFn: () => createAudit(audit.series.id, whole),
    onSuccess: async (begun) => {
      cache.setQueryData(oneAudit(begun.id).queryKey, begun);
      await navigate({ to: "/audits/$audit", params: { audit: begun.id } });
      await cache.invalidateQueries({ queryKey: ["audits", "list"] });
    },
    onError: showProblem,
  });
  return audit.state === "running" ? (
    <Button variant="default" leftSection={<IconPlayerStop size={16} aria-hidden />} loading={stop.isPending} onClick={() => stop.mutate()}>
      Cancel
    </Button>
  ) : (
    <Button variant="default" aria-keyshortcuts="r" leftSection={<IconScale size={16} aria-hidden />} loading={again.isPending} onClick={() => again.mutate()}>
      Compare again
    </Button>
  );
}

function Found({ audit }: { audit: Audit }) {
  const { state, differences, progress, started_at: begun, ended_at: ended } = audit;
  const { missing, surplus, rejected } = mending(differences);
  const isOver = state === "agrees" || state === "differs";
  const numbers: [string, string][] = [
    ["Rows read", count(progress.rows)],
    ["Missing points", isOver ? count(missing) : "–"],
    ["Surplus points", isOver ? count(surplus) : "–"],
    ["Kept as rejects", isOver ? count(rejected) : "–"],
    ["Took", ended == null ? "–" : duration(Date.parse(ended) - Date.parse(begun))],
  ];
  return (
    <Section title="What it found" about={<>Asked for <When at={begun} /></>}>
      <Text fw={550} role="status">
        {foundWords(audit)}
      </Text>
      {state === "running" && <Progress value={counted(audit)} aria-label="Compared so far" />}
      {isOver && <Strip audit={audit} />}
      <SimpleGrid cols={{ base: 2, xs: 3, md: 5 }} component="dl" m={0} spacing="sm">
        {numbers.map(([name, value]) => (
          <div key={name}>
            <Text component="dt" size="xs" c="dimmed">
              {name}
            </Text>
            <Text component="dd" m={0} fw={650} size="lg">
              {value}
            </Text>
          </div>
        ))}
      </SimpleGrid>
    </Section>
  );
}

/** What reading again does not mend. */
function Limits({ audit: { differences, every } }: { audit: Audit }) {
  const { byHand, surplus, rejected } = mending(differences);
  if (byHand + surplus + rejected === 0) return null;
  return (
    <Alert color="gray" icon={<IconInfoCircle aria-hidden />} title="What reading again does not mend">
      <Stack gap={4}>
        {surplus > 0 && (
          <Text size="sm">
            {surplus === 1 ? "A surplus point: no row makes it any more. Its row was" : `${count(surplus)} surplus points: no row makes them any more. Their rows were`} deleted or moved to
            another time, or somebody else writes there. Nothing is ever deleted from InfluxDB by Tributary.
          </Text>
        )}
        {rejected > 0 && (
          <Text size="sm">
            {rejected === 1 ? "A row is kept as a reject" : `${count(rejected)} rows are kept as rejects`}: mend the mapping or the values first, then send{" "}
            {rejected === 1 ? "it" : "them"} again under Rejects.
          </Text>
        )}
        {byHand > 0 && (
          <Text size="sm">
            {intervals(byHand, every)} of which no range of the cursor tells the rows: make a backfill by hand.
          </Text>
        )}
      </Stack>
    </Alert>
  );
}
