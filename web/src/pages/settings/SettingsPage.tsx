// The console itself: which organization, how it looks, what runs here.

import { Anchor, Code, Paper, Radio, Stack, Text, Title, type MantineColorScheme, useMantineColorScheme } from "@mantine/core";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, body } from "../../api/client";
import { PageHead } from "../../ui/PageHead";
import { Organizations } from "./Organizations";

export function SettingsPage() {
  return (
    <>
      <PageHead title="Settings" />
      <Stack gap="md">
        <Organizations />
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
