import { Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";

/** The head of a page: what it is, one line about it, and what can be done. Also names the browser's tab. */
export function PageHead({ title, about, actions, badges }: { title: string; about?: ReactNode; actions?: ReactNode; badges?: ReactNode }) {
  useDocumentTitle(`${title} · Tributary`);
  return (
    <Group justify="space-between" align="flex-start" mb="md" gap="sm">
      <Stack gap={2} style={{ minWidth: 0, flex: "1 1 240px" }}>
        <Group gap="xs">
          <Title order={1} size="h2" className="wrap">
            {title}
          </Title>
          {badges}
        </Group>
        {about !== undefined && (
          <Text c="dimmed" size="sm">
            {about}
          </Text>
        )}
      </Stack>
      {actions !== undefined && <Group gap="xs">{actions}</Group>}
    </Group>
  );
}
