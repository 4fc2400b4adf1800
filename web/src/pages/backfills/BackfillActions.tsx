// What is done with a backfill: paused and gone on with (each has a way back), its failed chunks run again, ended for good (asked first).

import { ActionIcon, Button, Group, Modal, Stack, Text, Tooltip } from "@mantine/core";
import { type Icon, IconPlayerPause, IconPlayerPlay, IconPlayerStop, IconRefresh } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Backfill, changeBackfill, oneBackfill } from "../../api/backfills";
import { actsOf, type BackfillAct } from "../../lib/backfills";
import { count } from "../../lib/format";
import { showDone, showProblem } from "../../ui/form";
import { doneWithUndo } from "../../ui/undo";

const LOOK: Record<BackfillAct, { label: string; icon: Icon }> = {
  pause: { label: "Pause", icon: IconPlayerPause },
  resume: { label: "Resume", icon: IconPlayerPlay },
  retry: { label: "Run failed chunks again", icon: IconRefresh },
  cancel: { label: "Cancel", icon: IconPlayerStop },
};

interface Props {
  backfill: Backfill;
  /** Icons only, as there is room for in a list. */
  compact?: boolean;
}

export function BackfillActions({ backfill, compact = false }: Props) {
  const cache = useQueryClient();
  const [asking, setAsking] = useState(false);
  const id = backfill.id ?? "";
  const act = useMutation({
    mutationFn: (what: BackfillAct) => changeBackfill(id, what),
    onSuccess: (now, what) => {
      cache.setQueryData(oneBackfill(id).queryKey, now);
      if (what === "pause") doneWithUndo(`Paused the backfill of ${now.series_name}`, () => act.mutate("resume"));
      if (what === "resume") doneWithUndo(`The backfill of ${now.series_name} goes on`, () => act.mutate("pause"));
      if (what === "retry") showDone(backfill.failed.length === 1 ? "The failed chunk is in line again" : `${count(backfill.failed.length)} failed chunks are in line again`);
      if (what === "cancel") showDone(`Cancelled the backfill of ${now.series_name}`);
    },
    onError: showProblem,
    onSettled: () => {
      setAsking(false);
      void cache.invalidateQueries({ queryKey: ["backfills"] });
    },
  });
  const start = (what: BackfillAct) => (what === "cancel" ? setAsking(true) : act.mutate(what));
  return (
    <>
      <Group gap={compact ? 4 : "xs"} wrap={compact ? "nowrap" : "wrap"} onClick={(event) => event.stopPropagation()}>
        {actsOf({ state: backfill.state ?? null, failed: backfill.failed }).map((what) => {
          const { label, icon: Mark } = LOOK[what];
          const busy = act.isPending && act.variables === what;
          return compact ? (
            <Tooltip key={what} label={label}>
              <ActionIcon variant="default" aria-label={`${label}: backfill of ${backfill.series_name}`} loading={busy} onClick={() => start(what)}>
                <Mark size={16} aria-hidden />
              </ActionIcon>
            </Tooltip>
          ) : (
            <Button key={what} variant="default" leftSection={<Mark size={16} aria-hidden />} loading={busy} onClick={() => start(what)}>
              {label}
            </Button>
          );
        })}
      </Group>
      <Modal opened={asking} onClose={() => setAsking(false)} title={`Cancel the backfill of ${backfill.series_name}`}>
        <Stack gap="sm" onClick={(event) => event.stopPropagation()}>
          <Text size="sm">
            Chunks in line are not read, those on their way stop as soon as they can. What was written stays. A cancelled backfill cannot go on: what is missing
            then needs another one. To stop it for a while, pause it.
          </Text>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" data-autofocus onClick={() => setAsking(false)}>
              Let it go on
            </Button>
            <Button color="red" loading={act.isPending} onClick={() => act.mutate("cancel")}>
              Cancel it
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
