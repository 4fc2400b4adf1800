// Three ways to begin with nothing.

import { Anchor, Button, Code, Group, Paper, SimpleGrid, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconDatabase, IconFiles, IconPlugConnected } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

export function Doors({ folder }: { folder: string | undefined }) {
  return (
    <SimpleGrid cols={{ base: 1, md: 3 }} component="ul" m={0} p={0} style={{ listStyle: "none" }}>
      <Door
        icon={IconPlugConnected}
        title="Connect InfluxDB"
        action={
          <Button component={Link} to="/connections/new">
            Add a connection
          </Button>
        }
      >
        Version 1, 2 or 3, or a folder that receives line-protocol files. It is checked step by step before it is saved, and nothing is written.
      </Door>
      <Door
        icon={IconDatabase}
        title="Add a SQL database"
        action={
          <Button component={Link} to="/databases/new" variant="light">
            Add a database
          </Button>
        }
      >
        PostgreSQL, MySQL, MariaDB or SQLite. It is only read, in a read-only session with a time limit.
      </Door>
      <Door
        icon={IconFiles}
        title="Load a folder of .src files"
        action={
          <Button component={Link} to="/files" variant="light">
            Look at the files
          </Button>
        }
      >
        Chronograf's .src, .kap and .org files load as they are.{" "}
        {folder === undefined ? (
          <>
            Start the server with <Code>--resources-path DIR</Code>.
          </>
        ) : (
          <>
            Put them into <Code className="wrap">{folder}</Code> and they are here at once. Another folder: start the server with{" "}
            <Code>--resources-path DIR</Code>.
          </>
        )}
      </Door>
      <Group component="li" style={{ gridColumn: "1 / -1" }}>
        <Text size="sm" c="dimmed">
          Only looking? <Code>tributary demo</Code> runs a small web shop whose orders keep coming. Moving from another system?{" "}
          <Code>tributary import</Code> reads Chronograf's database, Telegraf's configuration and more.{" "}
          <Anchor size="sm" underline="always" href="/api/v1/openapi.json">
            The API
          </Anchor>{" "}
          does all of it too.
        </Text>
      </Group>
    </SimpleGrid>
  );
}

function Door({ icon: Picture, title, children, action }: { icon: typeof IconFiles; title: string; children: ReactNode; action: ReactNode }) {
  return (
    <Paper withBorder p="lg" component="li">
      <Stack gap="sm" h="100%" align="flex-start">
        <ThemeIcon variant="light" size={44} radius="xl">
          <Picture size={24} stroke={1.5} aria-hidden />
        </ThemeIcon>
        <Title order={2} size="h4">
          {title}
        </Title>
        <Text size="sm" style={{ flex: 1 }}>
          {children}
        </Text>
        {action}
      </Stack>
    </Paper>
  );
}
