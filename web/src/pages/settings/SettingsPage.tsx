// The console itself: which organization, how it looks, what runs here.

import { Anchor, Code, Paper, Progress, Radio, Stack, Text, Title, type MantineColorScheme, useMantineColorScheme } from "@mantine/core";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, body } from "../../api/client";
import { spool } from "../../api/holds";
import { bytes, count } from "../../lib/format";
import { PageHead } from "../../ui/PageHead";
import { Organizations } from "./Organizations";

export function SettingsPage() {
  return (
    <>
      <PageHead title="Settings" />
      <Stack gap="md">
        <Organizations />
        <Frozen />
        <Appearance />
        <About />
      </Stack>
    </>
  );
}

const LOOKS: { value: MantineColorScheme; label: string; description: string }[] = [
  { value: "light", label: "Light", description: "Dark words on a light ground" },
  { value: "dark", label: "Dark", description: "Light words on a dark ground" },
  { value: "auto", label: "System", description: "As this machine is set, and changing with it" },
];

function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="appearance">
      <Title order={2} size="h4" mb="xs" id="appearance">
        Appearance
      </Title>
      <Radio.Group
        aria-labelledby="appearance"
        value={colorScheme}
        onChange={(value) => setColorScheme(value as MantineColorScheme)}
        description="Kept in this browser"
      >
        <Stack gap="xs" mt="xs">
          {LOOKS.map((look) => (
            <Radio key={look.value} {...look} />
          ))}
        </Stack>
      </Radio.Group>
    </Paper>
  );
}

/** The room for lines that wait for their connection. */
function Frozen() {
  const { data } = useQuery(spool);
  if (!data) return null;
  const share = Math.min(100, (data.all_bytes / Math.max(1, data.limit_bytes)) * 100);
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="frozen">
      <Title order={2} size="h4" mb={4} id="frozen">
        Frozen lines
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        What a snapshot series read is kept until it is written. While a connection does not take points, it waits here; when the room is full, runs wait and
        nothing is dropped.
      </Text>
      <Progress value={share} color={share >= 80 ? "yellow" : undefined} aria-label="Room that is taken" mb={6} />
      <Text size="sm">
        {bytes(data.all_bytes)} of {bytes(data.limit_bytes)} taken
        {data.runs > 0 ? `; ${bytes(data.bytes)} by ${data.runs === 1 ? "1 run" : `${count(data.runs)} runs`} of this organization` : "; nothing of this organization waits"}.{" "}
        <Text span size="sm" c="dimmed">
          The room is set with <Code>--spool-max-bytes</Code>.
        </Text>
      </Text>
    </Paper>
  );
}

/** The server's version, which its description of the API carries. */
const version = queryOptions({
  queryKey: ["version"],
  queryFn: async () => ((await body(api.GET("/api/v1/openapi.json"))) as { info?: { version?: string } }).info?.version ?? "",
  staleTime: Number.POSITIVE_INFINITY,
});

function About() {
  const here = useQuery(version).data;
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="about">
      <Title order={2} size="h4" mb="xs" id="about">
        About
      </Title>
      <Stack gap={4}>
        <Text size="sm">
          Tributary <Code>{here ?? "…"}</Code>
        </Text>
        <Text size="sm">
          Everything here can be done by programs too: <Anchor size="sm" underline="always" href="/api/v1/openapi.json">the API's description</Anchor>, or{" "}
          <Code>tributary --help</Code>.
        </Text>
      </Stack>
    </Paper>
  );
}
