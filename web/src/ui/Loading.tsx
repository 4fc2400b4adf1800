import { Skeleton, Stack, VisuallyHidden } from "@mantine/core";

/** A list that is on its way. */
export function Loading({ lines = 6 }: { lines?: number }) {
  return (
    <Stack gap="xs" role="status">
      <VisuallyHidden>Loading</VisuallyHidden>
      {Array.from({ length: lines }, (_, at) => (
        <Skeleton key={at} height={36} />
      ))}
    </Stack>
  );
}
