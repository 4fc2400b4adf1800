// What came of the query: a chart, a table, and what there is to know about them.

import { Alert, Box, Button, Group, Stack, Tabs, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconChartLine, IconDownload, IconScissors, IconTable } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { type At, csv, tags as tagsOf } from "../../api/explore";
import { isOfRange } from "../../lib/exploreSearch";
import { count, duration } from "../../lib/format";
import { answerTables, chartLines } from "../../lib/frames";
import { spanOf, stretched } from "../../lib/timeRange";
import { Loading } from "../../ui/Loading";
import { Problem, told } from "../../ui/Problem";
import { When } from "../../ui/When";
import { saveFile } from "../../ui/saveFile";
import { AnswerChart } from "./AnswerChart";
import { AnswerTable } from "./AnswerTable";
import { NoPoints } from "./NoPoints";
import { isOfQuery } from "./refusals";
import type { Answered, Asking } from "./useAsking";
import { useExplore } from "./useExplore";

/** How many times as long the stretch becomes that is zoomed out of. */
const ZOOM = 3;

export function AnswerPanel({ asking, at }: { asking: Asking; at: At }) {
  const { answered, error, running, waits, run } = asking;
  if (error != null && !running) return isOfQuery(error) ? null : <Problem error={error} retry={run} />;
  if (answered === undefined) return running ? <Loading lines={4} /> : waits ? null : <Text c="dimmed">Not run</Text>;
  return (
    <Box className="explore-answer" data-running={running || undefined} aria-busy={running}>
      <Answer answered={answered} at={at} asking={asking} />
    </Box>
  );
}

function Answer({ answered, at, asking }: { answered: Answered; at: At; asking: Asking }) {
  const { search, change } = useExplore();
  const tags = useQuery({ ...tagsOf(at, search.measurement ?? ""), enabled: search.measurement !== undefined });
  const names = tags.data?.items;
  const drawn = useMemo(() => chartLines(answered.series, new Set(names ?? [])), [answered, names]);
  const tables = useMemo(() => answerTables(answered.series), [answered]);
  const rows = tables.reduce((sum, table) => sum + table.rows.length, 0);
  // From the stretch that is chosen, not from the answer's: out twice is twice as far out, however late the answers come.
  const zoomOut = () => change((now) => stretched(spanOf({ ...now }, Date.now()), ZOOM));
  const { series, took_ms: took, question, truncated, warnings } = answered;
  const view = search.view ?? (drawn.lines.length > 0 ? "chart" : "table");
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="sm">
        <Text size="sm" c="dimmed">
          <span role="status">
            {count(rows)} {rows === 1 ? "row" : "rows"}
            {series.length > 1 && ` in ${count(series.length)} series`} · {duration(took)}
          </span>
          {isOfRange(question.text) && (
            <>
              {" "}
              · <When at={question.range.from} absolute /> to <When at={question.range.to} absolute />
            </>
          )}
        </Text>
        {rows > 0 && <Download answered={answered} name={search.measurement ?? "answer"} />}
      </Group>
      {truncated && (
        <Alert color="yellow" icon={<IconScissors aria-hidden />} title="This is only the beginning of the answer" role="status">
          It is longer than can be shown. Choose a shorter time, fewer fields or an aggregate.
        </Alert>
      )}
      {warnings.map((warning) => (
        <Alert key={warning} color="yellow" role="status">
          {warning}
        </Alert>
      ))}
      {rows === 0 ? (
        <NoPoints asking={asking} />
      ) : (
        <Tabs value={view} onChange={(chosen) => change({ view: chosen === "table" ? "table" : undefined }, true)} keepMounted={false}>
          <Tabs.List>
            <Tabs.Tab value="chart" leftSection={<IconChartLine size={16} aria-hidden />} disabled={drawn.lines.length === 0}>
              Chart
            </Tabs.Tab>
            <Tabs.Tab value="table" leftSection={<IconTable size={16} aria-hidden />}>
              Table
            </Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="chart" pt="sm">
            {drawn.lines.length > 0 ? (
              <AnswerChart drawn={drawn} label={search.measurement ?? "answer"} onZoom={change} onZoomOut={zoomOut} />
            ) : (
              <Text c="dimmed">There are no numbers over time to draw. Look at the table.</Text>
            )}
          </Tabs.Panel>
          <Tabs.Panel value="table" pt="sm">
            <AnswerTable tables={tables} />
          </Tabs.Panel>
        </Tabs>
      )}
    </Stack>
  );
}

function Download({ answered, name }: { answered: Answered; name: string }) {
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      const { file, truncated } = await csv(answered.question);
      saveFile(file, `${name.replace(/[^\p{L}\p{N}._-]+/gu, "-")}.csv`);
      if (truncated) {
        notifications.show({ color: "yellow", title: "The file holds the beginning of the answer", message: "It is longer than can be downloaded at once." });
      }
    } catch (error) {
      const { message, advice } = told(error);
      notifications.show({ color: "red", title: message, message: advice });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button variant="default" size="xs" loading={busy} leftSection={<IconDownload size={16} aria-hidden />} onClick={() => void save()}>
      Download CSV
    </Button>
  );
}
