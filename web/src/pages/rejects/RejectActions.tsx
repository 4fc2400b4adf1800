// What is done with rejects: sent again, or let go.

import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconSend, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type ChosenRejects, discardRejects, type Reject, type Resent, retryRejects } from "../../api/rejects";
import { count } from "../../lib/format";
import { byRun, type RejectSearch, resentWords, summed } from "../../lib/rejectSearch";
import { showDone, showProblem } from "../../ui/form";
import { deleteWithUndo } from "../../ui/undo";

/** What tells a reject from all others. */
export function keyOf({ run_id: run, row }: Pick<Reject, "run_id" | "row">): string {
  return `${run}:${row}`;
}

const NONE: Resent = { written: 0, still_rejected: 0, cut: 0, without_line: 0 };

interface Props {
  search: RejectSearch;
  chosen: readonly Reject[];
  /** How many the series has that is chosen; undefined where that is not known. */
  all: number | undefined;
  onDone: () => void;
}

export function RejectActions({ search, chosen, all, onDone }: Props) {
  const cache = useQueryClient();
  const [asking, setAsking] = useState(false);
  const changed = () => void cache.invalidateQueries({ queryKey: ["rejects"] });
  const whole: ChosenRejects | undefined = search.run !== undefined ? { run: search.run } : search.series !== undefined ? { series: search.series } : undefined;
  const wishes: ChosenRejects[] = chosen.length > 0 ? byRun(chosen) : whole ? [whole] : [];
  const send = useMutation({
    mutationFn: async () => {
      const parts: Resent[] = [];
      for (const wish of wishes) parts.push(await retryRejects(wish));
      return summed(parts, NONE);
    },
    onSuccess: (resent) => {
      onDone();
      const words = resentWords(resent);
      if (resent.still_rejected + resent.cut + resent.without_line === 0) showDone(words);
      else notifications.show({ color: "yellow", message: words, autoClose: 10_000 });
    },
    onError: showProblem,
    onSettled: changed,
  });
  const discard = useMutation({
    mutationFn: (which: ChosenRejects) => discardRejects(which),
    onSuccess: (many) => showDone(`Discarded ${count(many)} ${many === 1 ? "reject" : "rejects"}`),
    onError: showProblem,
    onSettled: () => {
      setAsking(false);
      changed();
    },
  });
  const letGo = () => {
    if (chosen.length === 0) {
      setAsking(true);
      return;
    }
    deleteWithUndo({
      id: chosen.map(keyOf),
      did: "Discarded",
      what: chosen.length === 1 ? "1 reject" : `${count(chosen.length)} rejects`,
      remove: async () => {
        for (const wish of byRun(chosen)) await discardRejects(wish);
      },
      settled: changed,
      failed: showProblem,
    });
    onDone();
  };
  const words = chosen.length > 0 ? `${count(chosen.length)} selected` : whole ? "" : "Select rows, or choose a series, to send them again or let them go.";
  const every = search.run !== undefined ? "all of the run" : "all of the series";
  return (
    <>
      <Group gap="xs" className="reject-bar">
        <Text size="sm" c={chosen.length > 0 ? undefined : "dimmed"} role="status">
          {words}
        </Text>
        {wishes.length > 0 && (
          <>
            <Button size="xs" leftSection={<IconSend size={14} aria-hidden />} loading={send.isPending} onClick={() => send.mutate()}>
              Send {chosen.length > 0 ? "again" : `${every} again`}
            </Button>
            <Button size="xs" variant="default" leftSection={<IconTrash size={14} aria-hidden />} onClick={letGo}>
              Discard{chosen.length > 0 ? "" : ` ${every}`}
            </Button>
          </>
        )}
      </Group>
      <Modal opened={asking} onClose={() => setAsking(false)} title={`Discard ${every}`}>
        <Stack gap="sm">
          <Text size="sm">
            {all === undefined ? "The rows of these rejects" : `The rows of ${all === 1 ? "this reject" : `these ${count(all)} rejects`}`} are lost to InfluxDB unless they are
            read again. This cannot be undone. Export them first if they may be needed.
          </Text>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" data-autofocus onClick={() => setAsking(false)}>
              Cancel
            </Button>
            <Button color="red" loading={discard.isPending} onClick={() => whole && discard.mutate(whole)}>
              Discard them
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
