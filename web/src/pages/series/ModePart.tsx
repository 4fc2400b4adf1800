import { Group, Radio, SegmentedControl, Stack, Text } from "@mantine/core";
import { useId } from "@mantine/hooks";
import { useState } from "react";
import { exampleWords, windowOf, windowWords } from "../../lib/windowWords";
import type { Engine } from "../../api/databases";
import { type CursorColumn, cursorWords } from "../../lib/cursors";
import { LengthField } from "../../ui/LengthField";
import type { Preview } from "./data";
import type { Draft, WindowLength } from "./draft";
import { IncrementalPart } from "./IncrementalPart";

interface Props {
  draft: Draft;
  errors: Record<string, string | undefined>;
  /** The server's own window, when it made a preview of just this draft. */
  preview: Preview | undefined;
  columns: readonly CursorColumn[];
  rows: readonly (readonly unknown[])[];
  engine: Engine | undefined;
  onChange: (change: Partial<Draft>) => void;
  onCursor: (column: string) => void;
}

/** How the rows relate to time: a snapshot, a window before each slot, or only those that are new. */
export function ModePart({ draft, errors, preview, columns, rows, engine, onChange, onCursor }: Props) {
  const id = useId();
  const [now] = useState(() => Math.ceil(Date.now() / 60_000) * 60_000);
  const isIncremental = draft.mode === "incremental";
  const settings = { mode: draft.mode === "window" ? ("window" as const) : ("snapshot" as const), length_s: draft.window === "fixed" ? Number(draft.length_s) : undefined, lag_s: Number(draft.lag_s) };
  const told = preview?.window ? { slot: preview.slot, window: preview.window } : undefined;
  const guessed = windowOf(settings, now);
  const example = told ?? (guessed && { slot: new Date(now).toISOString(), window: guessed });
  return (
    <Stack gap="sm">
      <div>
        <Text size="sm" fw={500} id={id} mb={4}>
          Mode
        </Text>
        <SegmentedControl
          className="modes"
          aria-labelledby={id}
          data={[
            { value: "snapshot", label: "Snapshot" },
            { value: "window", label: "Window" },
            { value: "incremental", label: "Only new rows" },
          ]}
          value={draft.mode}
          onChange={(mode) => onChange({ mode: mode as Draft["mode"] })}
        />
        {errors.mode !== undefined && (
          <Text size="sm" c="var(--mantine-color-error)" mt={4} role="alert" className="wrap">
            {errors.mode}
          </Text>
        )}
      </div>
      {draft.mode === "window" && (
        <Group align="flex-start" gap="lg">
          <Stack gap="xs">
            <Radio.Group label="Window" value={draft.window} onChange={(window) => onChange({ window: window as WindowLength })}>
              <Stack gap={6} mt={4}>
                <Radio value="fixed" label="A length of its own" />
                <Radio value="slot" label="Since the slot before" disabled={draft.group_id === "" && draft.window !== "slot"} description={draft.group_id === "" ? "Needs a group" : undefined} />
              </Stack>
            </Radio.Group>
          </Stack>
          {draft.window === "fixed" ? (
            <LengthField label="Length" min={1} value={draft.length_s} onChange={(length_s) => onChange({ length_s })} error={errors["mode.length_s"]} path="mode.length_s" />
          ) : (
            errors["mode.length_s"] !== undefined && (
              <Text size="sm" c="var(--mantine-color-error)" role="alert" maw={320}>
                {errors["mode.length_s"]}
              </Text>
            )
          )}
          <LengthField
            label="Lag"
            value={draft.lag_s}
            onChange={(lag_s) => onChange({ lag_s })}
            error={errors["mode.lag_s"]}
            path="mode.lag_s"
          />
        </Group>
      )}
      <Text size="sm" aria-live="polite">
        {isIncremental ? cursorWords(draft.cursor, draft.start.trim()) : windowWords(settings)}{" "}
        {example && !isIncremental && (
          <Text span fw={500} inherit>
            {exampleWords(example.slot, example.window)}
          </Text>
        )}
      </Text>
      {isIncremental && <IncrementalPart draft={draft} errors={errors} columns={columns} rows={rows} engine={engine} onChange={onChange} onCursor={onCursor} />}
      {draft.mode === "window" && (
        <Text size="xs" c="dimmed">
          The query limits its rows with <code>:window_start</code> and <code>:window_end</code>. Choose the lag longer than the slowest transaction that still writes rows
          with an older time: a row that appears after its window was read is not seen.
        </Text>
      )}
    </Stack>
  );
}
