// The check that comes before saving, and what can be done when a step fails.

import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconPin } from "@tabler/icons-react";
import type { Finding } from "../api/client";
import { Ladder } from "./Ladder";

interface Props {
  findings: Finding[];
  running: boolean;
  passed: boolean | undefined;
  /** Stops it. */
  onCancel: () => void;
  /** Saves without a check; only after a failure. */
  onSaveUnverified?: () => void;
  /** Trusts this certificate from now on, and checks again. */
  onPin?: (sha256: string) => void;
}

export function SaveLadder({ findings, running, passed, onCancel, onSaveUnverified, onPin }: Props) {
  if (!running && findings.length === 0) return null;
  const sha256 = certificateToPin(findings);
  const warnings = findings.filter(({ verdict }) => verdict === "warning").length;
  return (
    <Paper withBorder p="md" component="section" aria-label="Check">
      <Stack gap="sm">
        <Title order={2} size="h5">
          {running ? "Checking credentials" : passed === true ? `Every step passed${warnings === 0 ? "" : `, ${warnings} with a warning`}` : "The check failed"}
        </Title>
        <Ladder findings={findings} running={running} />
        {running && (
          <Group>
            <Button size="xs" variant="default" onClick={onCancel}>
              Stop
            </Button>
          </Group>
        )}
        {!running && passed === false && (
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
                  Saved as it is, and marked as unverified until a check passes
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
