// The steps of a check, as they come.

import { Code, CopyButton, Group, Loader, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconCircleDashed, IconX } from "@tabler/icons-react";
import type { Finding } from "../api/client";
import { duration } from "../lib/format";
import { type Rung as Planned, untried } from "../lib/rungs";

const MARKS = {
  passed: { icon: IconCheck, color: "teal", word: "passed" },
  warning: { icon: IconAlertTriangle, color: "yellow", word: "warning" },
  failed: { icon: IconX, color: "red", word: "failed" },
} as const;

/** Facts that the words of a step do not repeat and that people copy. */
const SHOWN_FACTS = ["subject", "issuer", "not_after", "sha256", "names"];

/** `planned` are all steps, where they are known beforehand: those that were not tried stand greyed below the others. */
export function Ladder({ findings, running, planned = [] }: { findings: Finding[]; running: boolean; planned?: Planned[] }) {
  const rest = untried(planned, findings);
  const [now, ...later] = running ? rest : [undefined, ...rest];
  return (
    <Stack gap={6}>
      <Stack gap={6} role="log" aria-live="polite" aria-label="Steps of the check" style={findings.length === 0 && !running ? { display: "none" } : {}}>
        {findings.map((finding, at) => (
          <Rung key={`${finding.step}-${at}`} finding={finding} />
        ))}
        {running && (
          <Group gap="xs" align="flex-start" wrap="nowrap">
            <Loader size={18} aria-hidden style={{ flexShrink: 0 }} />
            <Text size="sm" c="dimmed">
              {now === undefined ? "Checking credentials" : `${wordsOf(now.step)}: ${now.about}`}
            </Text>
          </Group>
        )}
      </Stack>
      {later.length > 0 && (
        <Stack gap={6} component="ol" m={0} p={0} style={{ listStyle: "none" }} aria-label={findings.length > 0 && !running ? "Steps not tried" : "Steps to come"}>
          {later.map((rung) => rung !== undefined && <Untried key={rung.step} rung={rung} />)}
        </Stack>
      )}
    </Stack>
  );
}

/** `read_only` for people. */
function wordsOf(step: string): string {
  return step.replaceAll("_", " ");
}

function Untried({ rung: { step, about } }: { rung: Planned }) {
  return (
    <Group gap="xs" align="flex-start" wrap="nowrap" component="li">
      <IconCircleDashed size={18} color="var(--mantine-color-dimmed)" aria-hidden style={{ flexShrink: 0, marginTop: 2 }} />
      <div>
        <Text size="sm" fw={600} c="dimmed">
          {wordsOf(step)}
        </Text>
        <Text size="xs" c="dimmed">
          {about}
        </Text>
      </div>
    </Group>
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
            {wordsOf(finding.step)}
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
            {finding.advice.replaceAll("`", "")} {finding.code != null && <Code>{finding.code}</Code>}
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
