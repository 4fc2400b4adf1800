import { Group, Paper, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import type { Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";

/** A list without anything in it: what would stand there, and the step that begins it. */
export function Empty({ icon: Picture, title, children, actions }: { icon: Icon; title: string; children?: ReactNode; actions?: ReactNode }) {
  return (
    <Paper withBorder p="xl">
      <Stack align="center" gap="sm" ta="center">
        <ThemeIcon variant="light" size={52} radius="xl">
          <Picture size={28} stroke={1.5} aria-hidden />
        </ThemeIcon>
        <Title order={2} size="h4">
          {title}
        </Title>
        {children !== undefined && (
          <Text c="dimmed" maw={520}>
            {children}
          </Text>
        )}
        {actions !== undefined && <Group justify="center">{actions}</Group>}
      </Stack>
    </Paper>
  );
}
