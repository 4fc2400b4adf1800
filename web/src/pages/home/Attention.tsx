// What needs a person, worst first, each with the way to where it is mended.

import { Anchor, Badge, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, type LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { type Run, oneRun } from "../../api/runs";
import { chunkWords, needing } from "../../lib/backfills";
import { bytes, count, sentence } from "../../lib/format";
import { type Fares, type Faring, faring, perStatus } from "../../lib/health";
import { StateBadge, type Tone } from "../../ui/StateBadge";
import { When } from "../../ui/When";
import { type House, HOURS } from "./data";

interface Item {
  key: string;
  tone: Tone;
  word: string;
  what: string;
  /** Where it is mended. */
  link: Pick<LinkProps, "to" | "params" | "search">;
  why: ReactNode;
}

/** More of one kind than this are one line. */
const EACH = 5;
const RANK: readonly Tone[] = ["bad", "warning", "busy", "quiet", "good"];

export function Attention({ house }: { house: House }) {
  const items = [
    ...ofHolds(house), ...ofConnections(house), ...ofRejects(house), ...ofFiles(house), ...ofSeries(house), ...ofSlots(house), ...ofHeld(house), ...ofBackfills(house),
  ];
  items.sort((a, b) => RANK.indexOf(a.tone) - RANK.indexOf(b.tone));
  const isKnown = house.counts.isSuccess && house.files.isSuccess;
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="attention">
      <Group gap="xs" mb="xs">
        <Title order={2} size="h4" id="attention">
          What needs you
        </Title>
        {items.length > 0 && (
          <Badge color="gray" variant="light">
            {items.length}
          </Badge>
        )}
      </Group>
      {items.length === 0 && isKnown && (
        <Group gap="xs">
          <IconCircleCheck size={20} color="var(--mantine-color-teal-filled)" aria-hidden />
          <Text size="sm">Nothing: as far as is known, everything works</Text>
        </Group>
      )}
      <Stack gap="sm" component="ul" m={0} p={0} style={{ listStyle: "none" }}>
        {items.map(({ key, tone, word, what, link, why }) => (
          <li key={key} className="item">
            <StateBadge tone={tone}>{word}</StateBadge>
            <div style={{ minWidth: 0 }}>
              <Anchor size="sm" fw={600} className="wrap" renderRoot={(rest) => <Link {...link} {...rest} />}>
                {what}
              </Anchor>
              <Text size="sm" c="dimmed" className="wrap" component="div">
                {why}
              </Text>
            </div>
          </li>
        ))}
      </Stack>
    </Paper>
  );
}

function ofConnections({ connections, kapacitors, holds }: House): Item[] {
  // What is on hold says why already.
  const held = new Set(holds.data?.map((one) => one.connection_id));
  const all = (connections.data ?? []).filter((one) => one.gone || !held.has(one.id));
  const items: Item[] = all
    .filter((one) => one.state === "failing" || one.gone)
    .map((one) => ({
      key: one.id,
      tone: "bad" as const,
      word: one.gone ? "gone" : "failing",
      what: `Connection ${one.name}`,
      link: { to: "/connections/$connection", params: { connection: one.id } },
      why: one.gone ? "What defined it is gone, and a series still writes to it." : (one.last_check?.detail ?? "Its last check failed."),
    }));
  const unverified = all.filter((one) => one.state === "unverified" && !one.gone);
  for (const one of unverified.slice(0, EACH)) {
    const link = { to: "/connections/$connection", params: { connection: one.id } } as const;
    items.push({ key: one.id, tone: "quiet", word: "unverified", what: `Connection ${one.name}`, link, why: "Not checked since it was last saved. Open it and check it." });
  }
  if (unverified.length > EACH) {
    const what = `${count(unverified.length - EACH)} more connections`;
    items.push({ key: "unverified", tone: "quiet", word: "unverified", what, link: { to: "/connections" }, why: "Not checked since they were last saved." });
  }
  for (const one of (kapacitors.data ?? []).filter((kapacitor) => kapacitor.state === "failing")) {
    const link = { to: "/connections/$connection/kapacitors/$kapacitor", params: { connection: one.connection_id, kapacitor: one.id } } as const;
    items.push({ key: one.id, tone: "bad", word: "failing", what: `Kapacitor ${one.name}`, link, why: one.last_check?.detail ?? "Its last check failed." });
  }
  return items;
}

function ofHolds({ holds }: House): Item[] {
  return (holds.data ?? []).map((one) => ({
    key: `hold ${one.connection_id}`,
    tone: "bad" as const,
    word: "on hold",
    what: `Connection ${one.connection_name}`,
    link: { to: "/connections/$connection", params: { connection: one.connection_id } },
    why: (
      <>
        {sentence(one.reason.message)}. {one.runs_waiting === 1 ? "1 run waits" : `${count(one.runs_waiting)} runs wait`} for it
        {one.frozen_bytes > 0 && `, with ${bytes(one.frozen_bytes)} of lines frozen`}; next try <When at={one.next_probe_at} />
      </>
    ),
  }));
}

function ofRejects({ rejects }: House): Item[] {
  const all = [...(rejects.data ?? [])].sort((a, b) => b.rejects - a.rejects);
  const items = all.slice(0, EACH).map((one): Item => ({
    key: `rejects ${one.series_id}`,
    tone: "warning",
    word: "rejects",
    what: `Rejects of ${one.series_name}`,
    link: { to: "/rejects", search: { series: one.series_id } },
    why: `${count(one.rejects)} ${one.rejects === 1 ? "row is" : "rows are"} kept that could not be written.`,
  }));
  if (all.length > EACH) {
    const what = `Rejects of ${count(all.length - EACH)} more series`;
    items.push({ key: "rejects", tone: "warning", word: "rejects", what, link: { to: "/rejects" }, why: "With rows that could not be written." });
  }
  return items;
}

function ofFiles({ files }: House): Item[] {
  const items: Item[] = [];
  const link = { to: "/files" } as const;
  if (files.data?.reason != null) {
    items.push({ key: "folder", tone: "bad", word: "unreadable", what: "The folder of the files", link, why: files.data.reason });
  }
  const broken = (files.data?.files ?? []).filter((file) => file.state !== "loaded");
  for (const file of broken.slice(0, EACH)) {
    const place = file.line == null ? "" : `line ${file.line}: `;
    items.push({ key: file.file, tone: "bad", word: "broken", what: `File ${file.file}`, link, why: sentence(`${place}${file.reason ?? ""}`) });
  }
  if (broken.length > EACH) {
    items.push({ key: "files", tone: "bad", word: "broken", what: `${count(broken.length - EACH)} more files`, link, why: "Each is listed with its reason." });
  }
  return items;
}

const SAID: Record<Faring, { tone: Tone; word: string }> = {
  failing: { tone: "bad", word: "failed" },
  partial: { tone: "warning", word: "partial" },
  empty: { tone: "warning", word: "empty" },
  recovered: { tone: "quiet", word: "over" },
};

function ofSeries({ counts }: House): Item[] {
  const all = faring(counts.data ?? []);
  const items: Item[] = [];
  for (const kind of ["failing", "partial", "empty", "recovered"] as const) {
    const some = all.filter((one) => one.faring === kind);
    const { tone, word } = SAID[kind];
    for (const one of some.slice(0, EACH)) {
      const link = { to: "/runs", search: { series: one.id, status: one.status, range: "24h" } } as const;
      items.push({ key: `${kind} ${one.id}`, tone, word, what: `Series ${one.name}`, link, why: <Why of={one} /> });
    }
    const first = some[0];
    if (some.length > EACH && first) {
      const link = { to: "/runs", search: { status: first.status, range: "24h" } } as const;
      items.push({ key: kind, tone, word, what: `${count(some.length - EACH)} more series`, link, why: "In the last 24 hours." });
    }
  }
  return items;
}

function Why({ of }: { of: Fares }) {
  const run = useQuery({ ...oneRun(of.run), enabled: of.faring === "failing" || of.faring === "partial" });
  const times = of.runs === 1 ? "once" : `${count(of.runs)} times`;
  if (of.faring === "empty") return <>Ran {times} in the last 24 hours and found no row. Is its query right, is its window long enough?</>;
  if (of.faring === "recovered") return <>{of.status === "failed" ? "Failed" : "Had rejects"} {times} in the last 24 hours; its newest run is fine.</>;
  const reason = run.data?.reason;
  return (
    <>
      {reason ? sentence(reason.message) : of.faring === "partial" ? "Some rows could not be written" : "Failed"} ({times} in the last 24 hours)
      {reason != null && reason.advice !== "" && (
        <Text size="sm" span display="block">
          {sentence(reason.advice)}
        </Text>
      )}
    </>
  );
}

function ofSlots({ counts }: House): Item[] {
  const sums = perStatus(counts.data ?? []);
  const items: Item[] = [];
  const missed = sums.get("missed");
  if (missed !== undefined) {
    const link = { to: "/runs", search: { status: "missed", range: "24h" } } as const;
    items.push({ key: "missed", tone: "warning", word: "missed", what: "Missed slots", link, why: "Slots passed in the last 24 hours while no server ran." });
  }
  const skipped = sums.get("skipped");
  if (skipped !== undefined) {
    const link = { to: "/runs", search: { status: "skipped", range: "24h" } } as const;
    items.push({
      key: "skipped", tone: "quiet", word: "skipped", what: "Skipped slots", link,
      why: "Slots came in the last 24 hours while earlier ones still ran. Runs that take longer than the time between slots need another schedule.",
    });
  }
  return items;
}

/** Backfills that go on, or again, when a person says so. */
function ofBackfills({ backfills, pausedBackfills }: House): Item[] {
  const all = needing(backfills.data ?? [], pausedBackfills.data ?? [], Date.now() - HOURS * 3_600_000);
  const items = all.slice(0, EACH).map((one): Item => ({
    key: `backfill ${one.id}`,
    tone: one.state === "failed" ? "bad" : "warning",
    word: one.state ?? "",
    what: `Backfill of ${one.series_name}`,
    link: { to: "/backfills/$backfill", params: { backfill: one.id ?? "" } },
    why: `${chunkWords(one)}. ${one.reason != null ? `${sentence(one.reason.message)}.` : one.state === "paused" ? "Somebody paused it." : "Mend the cause, then run the failed chunks again."}`,
  }));
  if (all.length > EACH) {
    items.push({ key: "backfills", tone: "warning", word: "backfills", what: `${count(all.length - EACH)} more backfills`, link: { to: "/backfills" }, why: "Paused, or with chunks that failed." });
  }
  return items;
}

/** Runs whose data waits: InfluxDB does not take it yet, or the slot is tried again later. */
function ofHeld({ running, queued }: House): Item[] {
  const to = (run: Run) => ({ to: "/runs/$run", params: { run: run.id } }) as const;
  const stuck = (running.data ?? []).filter((run) => (run.figures.retries ?? 0) > 0);
  const later = (queued.data ?? []).filter((run) => run.trigger === "retry" && Date.parse(run.not_before) > Date.now());
  return [
    ...stuck.slice(0, EACH).map((run) => ({
      key: run.id, tone: "warning" as const, word: "held", what: `Series ${run.series_name}`, link: to(run),
      why: `InfluxDB does not take its data: sent again ${count(run.figures.retries ?? 0)} times so far.`,
    })),
    ...later.slice(0, EACH).map((run) => ({
      key: run.id, tone: "quiet" as const, word: "tried again", what: `Series ${run.series_name}`, link: to(run),
      why: (
        <>
          Try {run.attempt} of its slot begins <When at={run.not_before} />
        </>
      ),
    })),
  ];
}
