// Deleting with a way back: the object disappears at once, and the server is asked only when nobody has said "Undo" for ten seconds.

import { Button, Group, Kbd, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { create } from "./store";

const PATIENCE_MS = 10_000;

/** Ids of what is about to be deleted: lists leave them out. */
export const leaving = create<ReadonlySet<string>>(new Set());

/** The deletions that wait for somebody to say "Undo". */
const waiting = new Set<() => Promise<void>>();

/** What takes them back, the latest last: Ctrl+Z does too, where no text is being written. */
const ways: (() => void)[] = [];

function undoLatest(event: KeyboardEvent): void {
  const at = event.target;
  const isWriting = at instanceof HTMLElement && (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName)) && !isBox(at);
  if (isWriting || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.key.toLowerCase() !== "z") return;
  event.preventDefault();
  ways.at(-1)?.();
}

function isBox(at: HTMLElement): boolean {
  return at instanceof HTMLInputElement && at.type === "checkbox";
}

function offer(way: () => void): void {
  if (ways.length === 0) document.addEventListener("keydown", undoLatest);
  ways.push(way);
}

function withdraw(way: () => void): void {
  if (!ways.includes(way)) return;
  ways.splice(ways.indexOf(way), 1);
  if (ways.length === 0) document.removeEventListener("keydown", undoLatest);
}

/** Deletes at once whatever still waits, and comes back when it is gone: before what it belongs to is left. */
export async function finishDeletions(): Promise<void> {
  await Promise.all([...waiting].map((finish) => finish()));
}

interface Deletion {
  /** One object, or several that go together. */
  id: string | string[];
  /** What people call it: `the connection plant`. */
  what: string;
  /** `Deleted`, when nothing else is said. */
  did?: string;
  remove: () => Promise<unknown>;
  /** After it is gone, or back. */
  settled: () => void;
  failed: (error: unknown) => void;
}

export function deleteWithUndo({ id, what, did = "Deleted", remove, settled, failed }: Deletion): void {
  const gone = [id].flat();
  leaving.set((ids) => new Set([...ids, ...gone]));
  const back = () => leaving.set((ids) => new Set([...ids].filter((one) => !gone.includes(one))));
  const finish = async () => {
    window.clearTimeout(timer);
    window.removeEventListener("pagehide", now);
    waiting.delete(finish);
    withdraw(undo);
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
    withdraw(undo);
    notifications.hide(note);
    back();
    settled();
  };
  offer(undo);
  const note = notifications.show({
    autoClose: false,
    withCloseButton: false,
    message: <Undoable message={`${did} ${what}`} onUndo={undo} />,
  });
}

/** Tells that something was done, and offers a way back for a while. */
export function doneWithUndo(message: string, back: () => void): void {
  const end = () => {
    window.clearTimeout(timer);
    withdraw(undo);
    notifications.hide(note);
  };
  const undo = () => {
    end();
    back();
  };
  const timer = window.setTimeout(end, PATIENCE_MS);
  offer(undo);
  const note = notifications.show({ autoClose: false, withCloseButton: false, message: <Undoable message={message} onUndo={undo} /> });
}

function Undoable({ message, onUndo }: { message: string; onUndo: () => void }) {
  return (
    <Group justify="space-between" gap="xs">
      <Text size="sm" className="wrap" style={{ minWidth: 0 }}>
        {message}
      </Text>
      <Group gap="xs" wrap="nowrap" style={{ flexShrink: 0 }}>
        <Button size="compact-sm" variant="default" onClick={onUndo}>
          Undo
        </Button>
        <Kbd size="xs" visibleFrom="sm" style={{ whiteSpace: "nowrap" }}>
          Ctrl Z
        </Kbd>
      </Group>
    </Group>
  );
}
