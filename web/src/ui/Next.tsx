import { Button, Group, Paper, Stack, Text } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";
import type { ReactNode } from "react";

interface Props {
  /** What is done next, as the button says it. */
  title: string;
  /** Why, in a sentence. */
  children: ReactNode;
  /** The page where it is done. */
  link?: (rest: Record<string, unknown>) => ReactNode;
  /** Or what does it here. */
  onClick?: () => void;
  busy?: boolean;
  /** Another way to go on. */
  or?: ReactNode;
}

/** The step that follows, on the page of something that was just made and does nothing yet. */
export function Next({ title, children, link, onClick, busy = false, or }: Props) {
  return (
    <Paper withBorder p="md" mb="md" component="section" aria-label="Next step" className="next-step">
      <Group justify="space-between" gap="sm">
        <Stack gap={0} style={{ flex: "1 1 240px" }}>
          <Text size="xs" c="dimmed">
            Next step
          </Text>
          <Text size="sm">{children}</Text>
        </Stack>
        <Group gap="sm">
          <Button rightSection={<IconArrowRight size={16} aria-hidden />} loading={busy} {...(link ? { renderRoot: link } : { onClick })}>
            {title}
          </Button>
          {or}
        </Group>
      </Group>
    </Paper>
  );
}
