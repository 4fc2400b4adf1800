import { Button, Group, Modal, Text } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";

/**
 * Asks before a page with changes is left. `isDirty` is asked at that moment. What is kept as a draft of this tab is only asked about before the
 * tab itself is closed.
 */
export function Unsaved({ isDirty, isKept = false }: { isDirty: () => boolean; isKept?: boolean }) {
  const { status, proceed, reset } = useBlocker({ shouldBlockFn: () => !isKept && isDirty(), enableBeforeUnload: isDirty, withResolver: true });
  return (
    <Modal opened={status === "blocked"} onClose={() => reset?.()} title="Leave without saving?" size="sm">
      <Text size="sm">What you filled in will be lost.</Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={() => reset?.()} data-autofocus>
          Stay here
        </Button>
        <Button color="red" onClick={() => proceed?.()}>
          Leave
        </Button>
      </Group>
    </Modal>
  );
}
