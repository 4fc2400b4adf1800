// The check that comes before saving, and what can be done when a step fails.

import { Alert, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconPin } from "@tabler/icons-react";
import type { Finding } from "../api/client";
import type { Rung } from "../lib/rungs";
import { Ladder } from "./Ladder";

interface Props {
  findings: Finding[];
  running: boolean;
  passed: boolean | undefined;
  /** All steps, where they are known: then they stand there from the beginning, greyed until they are tried. */
  planned?: Rung[];
  /** The words for what did not come about, before the cause; only after a failure. */
  unable?: string | undefined;
  /** Stops it. */
  onCancel: () => void;
  /** Saves without a check; only after a failure. */
  onSaveUnverified?: () => void;
  /** Trusts this certificate from now on, and checks again. */
  onPin?: (sha256: string) => void;
}

export function SaveLadder({ findings, running, passed, planned, unable, onCancel, onSaveUnverified, onPin }: Props) {
  const isIdle = !running && findings.length === 0;
  if (isIdle && planned === undefined) return null;
  // Saving may be refused before any step was tried: then nothing failed that could be passed over.
  const isFailed = !running && passed === false && findings.length > 0;
  const cause = findings.find(({ verdict }) => verdict === "failed");
  const sha256 = certificateToPin(findings);
  const warnings = findings.filter(({ verdict }) => verdict === "warning").length;
  return (
    <Paper withBorder p="md" component="section" aria-label="Check">
      <Stack gap="sm">
        <Title order={2} size="h5" aria-live="polite">
          {isIdle ? "Checked before it is saved" : running ? "Checking credentials" : passed === true ? `Every step passed${warnings === 0 ? "" : `, ${warnings} with a warning`}` : "The check failed"}
        </Title>
        {isIdle && (
          <Text size="sm" c="dimmed">
            Step by step. The check stops at the first step that fails and says what to do. Nothing is written.
          </Text>
        )}
        {isFailed && unable !== undefined && (
          <Alert color="red" p="xs" title={unable}>
            <Text size="sm" className="wrap">
              {cause?.detail}
            </Text>
          </Alert>
        )}
        <Ladder findings={findings} running={running} planned={planned ?? []} />
        {running && (
          <Group>
            <Button size="xs" variant="default" onClick={onCancel}>
              Stop
            </Button>
          </Group>
        )}
        {isFailed && (
          <Group gap="xs">
            {onPin && sha256 !== undefined && (
              <Button size="xs" onClick={() => onPin(sha256)} leftSection={<IconPin size={14} aria-hidden />}>
                Pin this certificate
              </Button>
            )}
            {onSaveUnverified && (
              <>
                <Button size="xs" variant="default" onClick={onSaveUnverified}>
                  Save unverified
                </Button>
                <Text size="xs" c="dimmed">
                  Saves it without a check. It stays marked as unverified until one passes.
                </Text>
              </>
            )}
          </Group>
        )}
      </Stack>
    </Paper>
  );
}

/** The certificate that a failed handshake showed, when pinning it would help. */
export function certificateToPin(findings: Finding[]): string | undefined {
  const last = findings[findings.length - 1];
  const helps = last?.step === "tls" && last.verdict === "failed" && !["TRB-TLS-001", "TRB-TLS-009", "TRB-TLS-012"].includes(last.code ?? "");
  return helps ? last.facts?.sha256 : undefined;
}
