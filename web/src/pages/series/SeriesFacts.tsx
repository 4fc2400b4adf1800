import { Anchor, Badge, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { connectionList, writtenTo } from "../../api/connections";
import { groupForecast, groupList, wordsOf } from "../../api/groups";
import { queryList } from "../../api/queries";
import type { Series } from "../../api/series";
import { cursorWords } from "../../lib/cursors";
import { windowWords } from "../../lib/windowWords";
import { Facts } from "../../ui/Facts";
import { Fires } from "../../ui/Fires";
import { When } from "../../ui/When";
import { draftOf } from "./draft";
import { DEFAULT_POLICIES } from "./mappingDraft";
import { policyWords, rejectWords } from "./PolicyPart";

/** What is read, what becomes of it, where it goes and when. */
export function SeriesFacts({ series }: { series: Series }) {
  const queries = useQuery(queryList);
  const connections = useQuery(connectionList);
  const groups = useQuery(groupList);
  const query = queries.data?.find(({ id }) => id === series.query_id);
  const connection = connections.data?.find(({ id }) => id === series.connection_id);
  const group = groups.data?.find(({ id }) => id === series.group_id);
  const forecast = useQuery({ ...groupForecast(series.group_id ?? "", 3), enabled: group !== undefined && group.enabled !== false });
  const { mapping, mode } = series;
  const time = mapping.time;
  const fields = mapping.fields ?? "rest";
  const draft = draftOf(series);
  const policies = Object.entries(draft.policies).filter(([name, value]) => value !== DEFAULT_POLICIES[name as keyof typeof DEFAULT_POLICIES]);
  const facts: [string, ReactNode][] = [
    ["Reads", query ? <Anchor key="query" size="sm" renderRoot={(rest) => <Link to="/queries/$query" params={{ query: query.id }} {...rest} />}>{query.name}</Anchor> : "…"],
    ...(draft.parameters && Object.keys(draft.parameters).length > 0
      ? [["With", Object.entries(draft.parameters).map(([name, value]) => `:${name} = ${value}`).join(", ")] as [string, ReactNode]]
      : []),
    [
      "Writes to",
      connection ? (
        <span key="connection">
          <Anchor size="sm" renderRoot={(rest) => <Link to="/connections/$connection" params={{ connection: connection.id }} {...rest} />}>
            {connection.name}
          </Anchor>{" "}
          <Text span size="sm" c="dimmed">
            {writtenTo(connection)}
          </Text>
        </span>
      ) : (
        "…"
      ),
    ],
    ["Measurement", "name" in mapping.measurement ? <code>{mapping.measurement.name}</code> : <>from the column <code>{mapping.measurement.column}</code></>],
    ["Tags", <Names key="tags" names={mapping.tags ?? []} none="None" color="violet" ink="light-dark(#5f3dc4, #d0c4ff)" />],
    ["Fields", fields === "rest" ? "Every other column" : <Names key="fields" names={fields.columns} none="None" color="green" ink="light-dark(#1e6b3a, #8ce0a8)" />],
    ["Time", time ? timeWords(time) : "The slot's time"],
    ["Mode", modeWords(mode)],
    ["Rejects", rejectWords(Number(draft.reject_limit), draft.when_full)],
    ...(policies.length > 0 ? [["Values that InfluxDB cannot hold", policies.map(([name, value]) => policyWords(name, value)).join("; ")] as [string, ReactNode]] : []),
    ...further(mapping),
    [
      "Group",
      group ? (
        <div key="group">
          <Anchor size="sm" renderRoot={(rest) => <Link to="/groups/$group" params={{ group: group.id }} {...rest} />}>
            {group.name}
          </Anchor>{" "}
          <Text span size="sm" c="dimmed">
            {wordsOf(group.words)}
            {group.enabled === false && " · disabled"}
          </Text>
          {forecast.data && <Fires fires={forecast.data.slots} zone={group.time_zone ?? "UTC"} />}
        </div>
      ) : (
        "None: runs only by hand"
      ),
    ],
    ["Changed", <When key="changed" at={series.updated_at} />],
  ];
  return <Facts facts={facts} />;
}

/** What a mapping says name by name. */
function further({ renames, constant_tags, constant_fields, field_types, nulls }: Series["mapping"]): [string, ReactNode][] {
  const constants = Object.entries(constant_fields ?? {}).map(([name, constant]) => [name, Object.values(constant)[0]] as const);
  const rules = Object.entries(nulls ?? {}).map(([name, rule]) => [name, typeof rule === "string" ? NULL_RULES[rule] : `is ${rule.default}`] as const);
  const parts: [string, (readonly [string, unknown])[], string][] = [
    ["Names", Object.entries(renames ?? {}), " → "],
    ["Types", Object.entries(field_types ?? {}), " as "],
    ["NULL", rules, " "],
    ["Tags of every point", Object.entries(constant_tags ?? {}), " = "],
    ["Fields of every point", constants, " = "],
  ];
  return parts
    .filter(([, said]) => said.length > 0)
    .map(([label, said, joint]) => [label, <span className="wrap" key={label}>{said.map(([name, value]) => `${name}${joint}${String(value)}`).join(", ")}</span>]);
}

const NULL_RULES = { omit: "is left out", reject: "rejects the row" };

function timeWords({ column, format, pattern, zone, repeated, skipped }: NonNullable<Series["mapping"]["time"]>): ReactNode {
  const words = [
    pattern ?? (format === undefined || format === "native" ? undefined : format),
    zone,
    repeated === "later" ? "the later of two" : repeated === "reject" ? "one that clocks show twice is rejected" : undefined,
    skipped === "shift" ? "one that clocks skip is moved on" : undefined,
  ];
  return (
    <>
      <code>{column}</code>
      {words.map((word) => (word == null ? "" : `, ${word}`)).join("")}
    </>
  );
}

function modeWords(mode: Series["mode"]): string {
  switch (mode.mode) {
    case "snapshot":
      return windowWords({ mode: "snapshot", length_s: undefined, lag_s: 0 });
    case "window":
      return windowWords({ mode: "window", length_s: mode.length_s ?? undefined, lag_s: mode.lag_s ?? 0 });
    case "incremental":
      return cursorWords(mode.cursor, mode.start ?? undefined);
  }
}

function Names({ names, none, color, ink }: { names: string[]; none: string; color: string; ink: string }) {
  if (names.length === 0) return none;
  return (
    <Group gap={4}>
      {names.map((name) => (
        <Badge key={name} variant="light" color={color} c={ink} tt="none" fw={500}>
          {name}
        </Badge>
      ))}
    </Group>
  );
}
