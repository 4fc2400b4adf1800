import { Alert, Button, Code, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Refusal, Unreachable } from "../api/client";
import { sentence } from "../lib/format";

/** What went wrong, what to do about it, and a way to try again. */
export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  const { message, advice, code } = told(error);
  return (
    <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title={sentence(message)} role="alert">
      <Stack gap="xs" align="flex-start">
        {advice !== "" && <Text size="sm">{sentence(advice)}</Text>}
        {code !== undefined && <Code>{code}</Code>}
        {retry && (
          <Button size="xs" variant="default" onClick={retry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** An error in words. */
export function told(error: unknown): { message: string; advice: string; code: string | undefined } {
  if (error instanceof Refusal) return { message: error.message, advice: error.advice, code: error.code };
  if (error instanceof Unreachable) {
    return { message: error.message, advice: "Check that `tributary serve` runs; the page tries again by itself.", code: undefined };
  }
  return { message: error instanceof Error ? error.message : String(error), advice: "", code: undefined };
}
