// The steps of a check, as they come.

import { Code, CopyButton, Group, Loader, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconX } from "@tabler/icons-react";
import type { Finding } from "../api/client";
import { duration } from "../lib/format";

const MARKS = {
  passed: { icon: IconCheck, color: "teal", word: "passed" },
  warning: { icon: IconAlertTriangle, color: "yellow", word: "warning" },
  failed: { icon: IconX, color: "red", word: "failed" },
} as const;

/** Facts that the words of a step do not repeat and that people copy. */
const SHOWN_FACTS = ["subject", "issuer", "not_after", "sha256", "names"];

export function Ladder({ findings, running }: { findings: Finding[]; running: boolean }) {
  return (
    <Stack gap={6} role="log" aria-live="polite" aria-label="Steps of the check">
      {findings.map((finding, at) => (
        <Rung key={`${finding.step}-${at}`} finding={finding} />
      ))}
      {running && (
        <Group gap="xs">
          <Loader size="xs" aria-hidden />
          <Text size="sm" c="dimmed">
            Checking credentials
          </Text>
        </Group>
      )}
    </Stack>
  );
}

function Rung({ finding }: { finding: Finding }) {
  const { icon: Mark, color, word } = MARKS[finding.verdict];
  const facts = Object.entries(finding.facts ?? {}).filter(([name]) => SHOWN_FACTS.includes(name));
  return (
    <Group gap="xs" align="flex-start" wrap="nowrap">
      <Mark size={18} color={`var(--mantine-color-${color}-filled)`} aria-label={word} role="img" style={{ flexShrink: 0, marginTop: 2 }} />
      <Stack gap={2} style={{ minWidth: 0, flex: 1 }}>
        <Group gap="xs" justify="space-between">
          <Text size="sm" fw={600}>
            {finding.step}
          </Text>
          <Text size="xs" c="dimmed">
            {duration(finding.took_ms)}
          </Text>
        </Group>
        <Text size="sm" className="wrap">
          {finding.detail}
        </Text>
        {facts.map(([name, value]) => (
          <Fact key={name} name={name} value={value} />
        ))}
        {finding.advice != null && (
          <Text size="sm" fw={500} className="wrap">
            {finding.advice} {finding.code != null && <Code>{finding.code}</Code>}
          </Text>
        )}
      </Stack>
    </Group>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <UnstyledButton onClick={copy} aria-label={`Copy ${name}`}>
          <Text size="xs" c="dimmed" className="mono wrap">
            {name}: {value} {copied && "(copied)"}
          </Text>
        </UnstyledButton>
      )}
    </CopyButton>
  );
}
