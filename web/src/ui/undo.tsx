// Deleting with a way back: the object disappears at once, and the server is asked only when nobody has said "Undo" for ten seconds.

import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { create } from "./store";

const PATIENCE_MS = 10_000;

/** Ids of what is about to be deleted: lists leave them out. */
export const leaving = create<ReadonlySet<string>>(new Set());

/** The deletions that wait for somebody to say "Undo". */
const waiting = new Set<() => Promise<void>>();

/** Deletes at once whatever still waits, and comes back when it is gone: before what it belongs to is left. */
export async function finishDeletions(): Promise<void> {
  await Promise.all([...waiting].map((finish) => finish()));
}

interface Deletion {
  /** One object, or several that go together. */
  id: string | string[];
  /** What people call it: `the connection plant`. */
  what: string;
  remove: () => Promise<unknown>;
  /** After it is gone, or back. */
  settled: () => void;
  failed: (error: unknown) => void;
}

export function deleteWithUndo({ id, what, remove, settled, failed }: Deletion): void {
  const gone = [id].flat();
  leaving.set((ids) => new Set([...ids, ...gone]));
  const back = () => leaving.set((ids) => new Set([...ids].filter((one) => !gone.includes(one))));
  const finish = async () => {
    window.clearTimeout(timer);
    window.removeEventListener("pagehide", now);
    waiting.delete(finish);
    notifications.hide(note);
    try {
      await remove();
    } catch (error) {
      failed(error);
    } finally {
      back();
      settled();
    }
  };
  const timer = window.setTimeout(() => void finish(), PATIENCE_MS);
  waiting.add(finish);
  const now = () => void finish();
  // Whoever leaves the page has decided.
  window.addEventListener("pagehide", now);
  const undo = () => {
    window.clearTimeout(timer);
    window.removeEventListener("pagehide", now);
    waiting.delete(finish);
    notifications.hide(note);
    back();
    settled();
  };
  const note = notifications.show({
    autoClose: false,
    withCloseButton: false,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">Deleted {what}</Text>
        <Button size="compact-sm" variant="default" onClick={undo}>
          Undo
        </Button>
      </Group>
    ),
  });
}
