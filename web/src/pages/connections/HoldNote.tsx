// A connection that does not take points: why, what waits for it, and trying it now.

import { Alert, Button, Code, Group, Stack, Text } from "@mantine/core";
import { IconPlayerPause, IconRefresh } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { holdList, tryNow } from "../../api/holds";
import { bytes, count, sentence } from "../../lib/format";
import { showDone, showProblem } from "../../ui/form";
import { When } from "../../ui/When";

export function HoldNote({ connection }: { connection: string }) {
  const cache = useQueryClient();
  const hold = useQuery(holdList).data?.find((one) => one.connection_id === connection);
  const trial = useMutation({
    mutationFn: () => tryNow(connection),
    onSuccess: (held) => showDone(held ? "The oldest run is let through" : "It is not on hold any more"),
    onError: showProblem,
    onSettled: () => Promise.all(["holds", "connections", "runs"].map((noun) => cache.invalidateQueries({ queryKey: [noun] }))),
  });
  if (hold === undefined) return null;
  const { since, reason, probes, next_probe_at: next, runs_waiting: waiting, frozen_bytes: frozen } = hold;
  return (
    <Alert color="yellow" icon={<IconPlayerPause aria-hidden />} title={<>On hold since <When at={since} /></>}>
      <Stack gap={6} align="flex-start">
        <Text size="sm" className="wrap">
          {sentence(reason.message)}
        </Text>
        {reason.advice !== "" && (
          <Text size="sm" fw={550} className="wrap">
            {sentence(reason.advice)}
          </Text>
        )}
        {reason.code != null && <Code>{reason.code}</Code>}
        <Text size="sm" aria-live="polite">
          {waiting === 0 ? "No run waits for it" : `${count(waiting)} ${waiting === 1 ? "run waits" : "runs wait"} for it`}
          {frozen > 0 && `, with ${bytes(frozen)} of lines frozen`}. Nothing is lost. {probes > 0 && `Tried ${count(probes)} ${probes === 1 ? "time" : "times"} in vain. `}
          Next try <When at={next} />.
        </Text>
        <Group gap="xs">
          <Button size="xs" leftSection={<IconRefresh size={14} aria-hidden />} loading={trial.isPending} onClick={() => trial.mutate()}>
            Try now
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
