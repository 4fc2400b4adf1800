// What is left to do until rows arrive by themselves.

import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconCircle, IconCircleCheck, IconCircleDot } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { STEPS, type Step } from "../../lib/health";

const WORDS = {
  connection: { name: "Connect InfluxDB", why: "Where points are written.", to: "/connections/new" },
  database: { name: "Add a SQL database", why: "Where rows are read.", to: "/databases/new" },
  series: { name: "Make a series", why: "A query, and which of its columns are time, tags and fields.", to: "/series/new" },
  group: { name: "Give the series a schedule", why: "A group says when its series run.", to: "/groups/new" },
} as const satisfies Record<Step, unknown>;

export function NextStep({ done, next }: { done: Record<Step, boolean>; next: Step }) {
  const { name, why, to } = WORDS[next];
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="next-step">
      <Group justify="space-between" gap="md">
        <Stack gap={2}>
          <Text size="xs" c="dimmed">
            Next step
          </Text>
          <Title order={2} size="h4" id="next-step">
            {name}
          </Title>
          <Text size="sm" c="dimmed">
            {why}
          </Text>
        </Stack>
        <Button component={Link} to={to}>
          {name}
        </Button>
      </Group>
      <Group component="ol" gap="md" m={0} mt="sm" p={0} style={{ listStyle: "none" }}>
        {STEPS.map((step) => {
          const state = done[step] ? "done" : step === next ? "next" : "later";
          const Mark = { done: IconCircleCheck, next: IconCircleDot, later: IconCircle }[state];
          return (
            <Group key={step} component="li" gap={6} wrap="nowrap">
              <Mark size={18} role="img" aria-label={state} color={state === "later" ? "var(--mantine-color-dimmed)" : "var(--mantine-primary-color-filled)"} />
              <Text size="sm" {...(state === "later" ? { c: "dimmed" } : {})}>
                {WORDS[step].name}
              </Text>
            </Group>
          );
        })}
      </Group>
    </Paper>
  );
}
