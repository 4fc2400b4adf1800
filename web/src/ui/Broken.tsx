// A page, or a part of one, that cannot be shown.

import { Alert, Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconAlertTriangle, IconRefresh } from "@tabler/icons-react";
import { CatchBoundary, type ErrorComponentProps } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { PageHead } from "./PageHead";
import { told } from "./Problem";

/** Whether a part that is loaded when it is used is no longer there: the server was updated since this page was opened, or cannot be reached. */
function isGone(error: unknown): boolean {
  return error instanceof Error && /dynamically imported module|importing a module script|preload css|loading chunk/i.test(error.message);
}

const reload = () => window.location.reload();

/** Instead of a page. */
export function BrokenPage({ error, reset }: ErrorComponentProps) {
  return (
    <>
      <PageHead title={isGone(error) ? "Tributary was updated" : "This page broke"} />
      <Words error={error} reset={reset} />
      <Text size="sm" mt="md">
        <Anchor href="/" underline="always">
          Back to the start
        </Anchor>
      </Text>
    </>
  );
}

/** Instead of everything: the frame itself broke. */
export function BrokenConsole(props: ErrorComponentProps) {
  useDocumentTitle("Tributary");
  return (
    <main style={{ padding: 24, maxWidth: 720, margin: "0 auto" }}>
      <BrokenPage {...props} />
    </main>
  );
}

/** Around a part that is loaded when it is used: when that fails, the rest of the page stays, with what was typed into it. */
export function LoadedPart({ children, name }: { children: ReactNode; name: string }) {
  return (
    <CatchBoundary getResetKey={() => name} errorComponent={Words}>
      {children}
    </CatchBoundary>
  );
}

function Words({ error, reset }: Pick<ErrorComponentProps, "error" | "reset">) {
  const gone = isGone(error);
  const { message, advice, code } = told(error);
  return (
    <Alert color={gone ? "blue" : "red"} role="alert" icon={gone ? <IconRefresh aria-hidden /> : <IconAlertTriangle aria-hidden />} title={gone ? "Reload to go on" : message}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          {gone ? "A part of the console could not be loaded: the server was updated, or cannot be reached. What you typed here and did not save is lost by reloading." : advice || "Reload the page. If it breaks again, what it says here helps whoever looks for the cause."}
        </Text>
        {code !== undefined && <Text size="sm">{code}</Text>}
        <Group gap="xs">
          <Button size="xs" onClick={reload}>
            Reload
          </Button>
          {!gone && (
            <Button size="xs" variant="default" onClick={reset}>
              Try again
            </Button>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}
