import { Alert, Button, Group, Text } from "@mantine/core";
import { IconUsers } from "@tabler/icons-react";

/** Somebody else saved the same object meanwhile: whose version stays. */
export function Conflict({ what, onTheirs, onMine }: { what: string; onTheirs: () => void; onMine: () => void }) {
  return (
    <Alert color="yellow" icon={<IconUsers aria-hidden />} title={`Somebody else changed ${what} meanwhile`} role="alert">
      <Text size="sm">Nothing was saved. What you filled in is still here.</Text>
      <Group gap="xs" mt="xs">
        <Button size="xs" variant="default" onClick={onTheirs}>
          Take theirs, drop mine
        </Button>
        <Button size="xs" variant="default" onClick={onMine}>
          Save mine over theirs
        </Button>
      </Group>
    </Alert>
  );
}
