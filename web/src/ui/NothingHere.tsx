import { Anchor, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";

/** A page for addresses that lead nowhere. */
export function NothingHere() {
  useDocumentTitle("There is nothing at this address · Tributary");
  return (
    <Stack align="center" py="xl" gap="xs">
      <Title order={1} size="h2">There is nothing at this address</Title>
      <Text c="dimmed">
        It may have been deleted. <Anchor href="/" underline="always">Back to the start</Anchor>
      </Text>
    </Stack>
  );
}
