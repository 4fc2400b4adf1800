import { Code, CopyButton, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { quoted } from "../../lib/recipes";

const EXAMPLE = `{
  "id": "10000",
  "name": "My InfluxDB",
  "url": "http://localhost:8086",
  "username": "{{ .INFLUXDB_USER }}",
  "password": "{{ .INFLUXDB_PASS }}",
  "type": "influx",
  "telegraf": "telegraf",
  "default": true
}`;

/** How the folder is chosen, and the smallest file to begin with. */
export function FolderHelp({ folder }: { folder: string | undefined }) {
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4" mb="xs">
        How to change it
      </Title>
      <Stack gap="xs">
        <Text size="sm">
          The folder is chosen when the server starts, by <Code>--resources-path</Code> or the variable <Code>RESOURCES_PATH</Code>:
        </Text>
        <Copied text={`tributary serve --resources-path ${quoted(folder ?? "/etc/tributary")}`} what="the command" />
        <Text size="sm">
          One file holds one object: <Code>.src</Code> a connection, <Code>.kap</Code> a Kapacitor, <Code>.org</Code> an organization. What stands as{" "}
          <Code>{"{{ .NAME }}"}</Code> is taken from the server's environment, so that no secret stands in a file. A connection to begin with, as{" "}
          <Code>my.src</Code>:
        </Text>
        <Copied text={EXAMPLE} what="the file" />
      </Stack>
    </Paper>
  );
}

function Copied({ text, what }: { text: string; what: string }) {
  return (
    <Group gap="xs" align="flex-start" wrap="nowrap">
      <Code block style={{ flex: 1, minWidth: 0 }} tabIndex={0}>
        {text}
      </Code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button size="xs" variant="default" onClick={copy} aria-label={`Copy ${what}`}>
            {copied ? "Copied" : "Copy"}
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}
