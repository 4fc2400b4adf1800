// The cursor of a draft: suggested from the first rows, and chosen.

import type { UseFormReturnType } from "@mantine/form";
import { useCallback, useEffect } from "react";
import type { Engine } from "../../api/databases";
import { isTransactionId, lacksZone, suggestedCursor, suggestedKey } from "../../lib/cursors";
import type { Draft } from "./draft";
import { withRole } from "./mappingDraft";
import { FIELDS } from "./fields";
import type { LivePreview } from "./usePreview";
import { useEngine } from "./useStoredTypes";

export type DraftForm = UseFormReturnType<Draft & Record<string, unknown>>;

interface CursorOfDraft {
  engine: Engine | undefined;
  /** Makes a column the cursor, with the key, fence and zone that suit it. */
  takeCursor: (column: string) => void;
  /** Makes a column a part of the key, or no part of it again. */
  takeKey: (column: string) => void;
}

export function useCursor(draft: Draft, live: LivePreview, form: DraftForm): CursorOfDraft {
  const engine = useEngine(draft);
  const takeCursor = useCallback(
    (cursor: string) => {
      const column = live.columns.find(({ name }) => name === cursor);
      const key = suggestedKey(live.columns, live.values, cursor);
      const isCounted = column?.kind === "integer" || column?.kind === "unsigned";
      form.setValues((now) => ({
        ...now,
        // A number that every row has one of its own of is no name: as a tag it would make each row a series.
        ...(now.cursor === "" && isCounted && (now as Draft).roles[cursor] === "tag" ? withRole(now as Draft, cursor, "field", live.columns) : {}),
        cursor,
        // A key that somebody chose stays; the cursor itself is no part of it.
        key: now.cursor === "" ? key : (now as Draft).key.filter((name) => name !== cursor),
        fence: isTransactionId(column) ? ("transaction_id" as const) : now.fence === "transaction_id" ? ("transactions" as const) : now.fence,
        cursor_zone: lacksZone(column?.kind) ? now.cursor_zone : "UTC",
      }));
      for (const name of FIELDS) if (name.startsWith("mode")) form.clearFieldError(name);
    },
    [live.columns, live.values],
  );
  const takeKey = useCallback((column: string) => {
    form.setValues((now) => {
      const { key } = now as Draft;
      return { ...now, key: key.includes(column) ? key.filter((name) => name !== column) : [...key, column] };
    });
    form.clearFieldError("mode.key");
  }, []);
  // Whoever asks for the new rows only gets the column that probably tells them.
  const lacksCursor = draft.mode === "incremental" && draft.cursor === "";
  useEffect(() => {
    if (!lacksCursor || live.columns.length === 0 || live.stale || engine === undefined) return;
    const suggested = suggestedCursor(live.columns, live.values, engine === "sqlite");
    if (suggested) takeCursor(suggested.cursor);
  }, [lacksCursor, live.columns, live.values, live.stale, engine, takeCursor]);
  return { engine, takeCursor, takeKey };
}
