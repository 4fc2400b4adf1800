import { Alert, Button, Group, Text } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";

/** Tells that a new series goes on where it was left, and offers an empty form instead. */
export function KeptDraft({ onAnew }: { onAnew: () => void }) {
  return (
    <Alert color="blue" icon={<IconHistory aria-hidden />} title="Your draft is here again" mb="md">
      <Group gap="sm">
        <Text size="sm" style={{ flex: "1 1 240px" }}>
          It is kept in this tab until you save it, without values that may be secrets.
        </Text>
        <Button size="xs" variant="default" onClick={onAnew}>
          Begin anew
        </Button>
      </Group>
    </Alert>
  );
}
