import { Button, Group, Paper, Text, Title } from "@mantine/core";
import { IconBell, IconPlus } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { Row } from "./data";
import { KapacitorChooser } from "./KapacitorChooser";

/** The Kapacitors of one connection: which is active, and adding one. */
export function KapacitorsOf({ row }: { row: Row }) {
  const active = row.kapacitors.find((one) => one.active);
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="kapacitors">
      <Title order={2} size="h4" id="kapacitors" mb="xs">
        Kapacitor
      </Title>
      {row.kapacitors.length === 0 ? (
        <>
          <Text size="sm" c="dimmed" mb="sm">
            None yet. A Kapacitor processes what is written here and sends alerts.
          </Text>
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlus size={14} aria-hidden />}
            renderRoot={(rest) => <Link to="/connections/$connection/kapacitors/new" params={{ connection: row.connection.id }} {...rest} />}
          >
            Add Kapacitor
          </Button>
        </>
      ) : (
        <Group gap="xs">
          <Text size="sm">Active:</Text>
          <KapacitorChooser row={row} />
          {active && (
            <Button
              size="xs"
              variant="default"
              leftSection={<IconBell size={14} aria-hidden />}
              renderRoot={(rest) => <Link to="/connections/$connection/kapacitors/$kapacitor/endpoints" params={{ connection: row.connection.id, kapacitor: active.id }} {...rest} />}
            >
              Alert endpoints
            </Button>
          )}
        </Group>
      )}
    </Paper>
  );
}
