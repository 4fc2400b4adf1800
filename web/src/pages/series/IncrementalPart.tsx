// How new rows are told from those that were delivered: the cursor, what comes with it, and below which value nothing new can appear.

import { Collapse, Group, MultiSelect, NativeSelect, NumberInput, Radio, Select, SimpleGrid, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAlertTriangle, IconChevronDown, IconChevronRight, IconInfoCircle } from "@tabler/icons-react";
import { type ReactNode, useEffect, useMemo } from "react";
import type { Engine } from "../../api/databases";
import { type CursorColumn, cursorDoubt, FENCE_WORDS, type FenceChoice, isTime, isTransactionId, lacksZone, NULL_WORDS, type NullCursor, unfit } from "../../lib/cursors";
import { zones } from "../../lib/zones";
import { LengthField } from "../../ui/LengthField";
import type { Draft } from "./draft";

interface Props {
  draft: Draft;
  errors: Record<string, string | undefined>;
  columns: readonly CursorColumn[];
  rows: readonly (readonly unknown[])[];
  engine: Engine | undefined;
  onChange: (change: Partial<Draft>) => void;
  /** Makes a column the cursor, with what suits it. */
  onCursor: (column: string) => void;
}

/** The fields of a refusal that stand behind "More". */
const MORE = ["mode.overlap", "mode.null_cursor", "mode.start", "mode.zone", "mode.page_rows"];

export function IncrementalPart({ draft, errors, columns, rows, engine, onChange, onCursor }: Props) {
  const [more, { toggle, open }] = useDisclosure(false);
  const hidden = MORE.some((name) => errors[name] !== undefined);
  useEffect(() => {
    if (hidden) open();
  }, [hidden, open]);
  const column = columns.find(({ name }) => name === draft.cursor);
  const names = columns.map(({ name }) => name);
  const oneWriter = engine === "sqlite";
  const wrong = column && unfit(column, oneWriter, draft.fence);
  const doubt = column && wrong === undefined ? cursorDoubt(column, rows.map((row) => row[columns.indexOf(column)])) : undefined;
  const others = [...new Set([...names, ...draft.key])].filter((name) => name !== draft.cursor);
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, sm: 2 }} maw={860}>
        <div>
          <Select
            label="Cursor"
            required
            searchable
            placeholder={columns.length === 0 ? "Its columns are not known yet" : "Choose a column"}
            description="A new or changed row has a higher value here than every row before it. Or choose it in the chip of a column below."
            data={[...new Set([...names, ...(draft.cursor === "" ? [] : [draft.cursor])])]}
            value={draft.cursor === "" ? null : draft.cursor}
            onChange={(name) => name !== null && onCursor(name)}
            allowDeselect={false}
            error={errors["mode.cursor"]}
            data-path="mode.cursor"
            nothingFoundMessage="No column is called that"
          />
          {wrong !== undefined && <Hint warns>{wrong}</Hint>}
          {doubt !== undefined && <Hint>{doubt}</Hint>}
          {draft.cursor !== "" && column === undefined && columns.length > 0 && <Hint warns>The result has no column {draft.cursor}.</Hint>}
        </div>
        <MultiSelect
          label="Key"
          searchable
          clearable
          clearButtonProps={{ "aria-label": "No key" }}
          placeholder={draft.key.length === 0 ? "No two rows share a cursor value" : ""}
          description="Columns that tell rows with the same cursor value apart, mostly the primary key."
          data={others}
          value={draft.key}
          onChange={(key) => onChange({ key })}
          error={errors["mode.key"]}
          data-path="mode.key"
          nothingFoundMessage="No column is called that"
        />
      </SimpleGrid>
      <FencePart draft={draft} errors={errors} column={column} engine={engine} onChange={onChange} />
      <div>
        <UnstyledButton onClick={toggle} aria-expanded={more} fz="sm" c="var(--mantine-color-anchor)" className="more-toggle">
          {more ? <IconChevronDown size={16} aria-hidden /> : <IconChevronRight size={16} aria-hidden />} More: overlap, NULL, start, zone, pages
        </UnstyledButton>
        <Collapse expanded={more}>
          <MorePart draft={draft} errors={errors} column={column} onChange={onChange} />
        </Collapse>
      </div>
    </Stack>
  );
}

function FencePart({ draft, errors, column, engine, onChange }: Pick<Props, "draft" | "errors" | "engine" | "onChange"> & { column: CursorColumn | undefined }) {
  const hasIds = engine === undefined || engine === "postgres";
  const choices = (Object.keys(FENCE_WORDS) as FenceChoice[]).filter((fence) => fence !== "transaction_id" || hasIds || draft.fence === fence);
  return (
    <Stack gap="xs">
      <Radio.Group
        label="Fence"
        description="Rows appear when their transaction is committed, which may be later than a row with a higher value. How far may a run read without missing one?"
        value={draft.fence}
        onChange={(fence) => onChange({ fence: fence as FenceChoice })}
        error={errors["mode.fence"]}
        maw={860}
      >
        <Stack gap="xs" mt="xs">
          {choices.map((fence) => (
            <Radio
              key={fence}
              value={fence}
              label={FENCE_WORDS[fence].label}
              description={fence === "transactions" && engine === "sqlite" ? "SQLite has one writer at a time: what is committed is complete." : FENCE_WORDS[fence].about}
              {...(fence === draft.fence ? { "data-path": "mode.fence" } : {})}
            />
          ))}
        </Stack>
      </Radio.Group>
      {draft.fence === "transaction_id" && column !== undefined && !isTransactionId(column) && (
        <Hint>{column.name} is of type {column.native === "" ? column.kind : column.native}: it must have been filled from pg_current_xact_id().</Hint>
      )}
      {draft.fence === "lag" && (
        <LengthField
          label="Age"
          value={draft.fence_lag_s}
          onChange={(fence_lag_s) => onChange({ fence_lag_s })}
          error={errors["mode.fence.lag_s"]}
          path="mode.fence.lag_s"
        />
      )}
    </Stack>
  );
}

function MorePart({ draft, errors, column, onChange }: Pick<Props, "draft" | "errors" | "onChange"> & { column: CursorColumn | undefined }) {
  const choices = useMemo(() => [...new Set([...zones(), draft.cursor_zone])], [draft.cursor_zone]);
  const isOfTime = isTime(column?.kind);
  const overlap = "Rows so far behind the cursor are read again, to catch what came late. What has not changed since is not written again. 0 where the fence is exact.";
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} maw={860} mt="sm">
      {isOfTime ? (
        <LengthField label="Overlap" description={overlap} value={draft.overlap} onChange={(value) => onChange({ overlap: value })} error={errors["mode.overlap"]} path="mode.overlap" />
      ) : (
        <NumberInput
          label="Overlap"
          description={`${overlap} In the cursor's own unit.`}
          min={0}
          allowDecimal={false}
          allowNegative={false}
          value={draft.overlap}
          onChange={(value) => onChange({ overlap: value === "" ? "" : Number(value) })}
          error={errors["mode.overlap"]}
          data-path="mode.overlap"
        />
      )}
      <NativeSelect
        label="Rows whose cursor is NULL"
        description={draft.null_cursor === "sweep" && draft.key.length === 0 ? "They are read in the order of the key: choose one above." : "No cursor ever passes them."}
        data={(Object.keys(NULL_WORDS) as NullCursor[]).map((value) => ({ value, label: NULL_WORDS[value] }))}
        value={draft.null_cursor}
        onChange={(event) => onChange({ null_cursor: event.currentTarget.value as NullCursor })}
        error={errors["mode.null_cursor"]}
        data-path="mode.null_cursor"
      />
      <TextInput
        label="Start"
        description="The first run reads from this cursor value on, included. Blank: from the first row."
        placeholder={isOfTime ? (column?.kind === "date" ? "2026-11-21" : `2026-11-21 14:05:00${column?.kind === "instant" ? "Z" : ""}`) : ""}
        value={draft.start}
        onChange={(event) => onChange({ start: event.currentTarget.value })}
        error={errors["mode.start"]}
        data-path="mode.start"
      />
      {(lacksZone(column?.kind) || draft.cursor_zone !== "UTC" || errors["mode.zone"] !== undefined) && (
        <Select
          label="Zone of the cursor"
          description={column?.kind === "text" ? "Of texts that are times and say none: the zone in which the database's writers write." : "Its times say none: the zone in which the database's writers write."}
          searchable
          limit={60}
          data={choices}
          value={draft.cursor_zone}
          allowDeselect={false}
          onChange={(zone) => onChange({ cursor_zone: zone ?? "UTC" })}
          error={errors["mode.zone"]}
          data-path="mode.zone"
        />
      )}
      <NumberInput
        label="Rows of a page"
        description="The cursor moves on when every point of a page is acknowledged."
        min={1}
        max={1_000_000}
        allowDecimal={false}
        allowNegative={false}
        clampBehavior="none"
        value={draft.page_rows}
        onChange={(value) => onChange({ page_rows: value === "" ? "" : Number(value) })}
        error={errors["mode.page_rows"]}
        data-path="mode.page_rows"
      />
    </SimpleGrid>
  );
}

function Hint({ warns = false, children }: { warns?: boolean; children: ReactNode }) {
  const Mark = warns ? IconAlertTriangle : IconInfoCircle;
  return (
    <Group gap={6} wrap="nowrap" align="flex-start" mt={6} role="status">
      <Mark size={16} color={`var(--mantine-color-${warns ? "yellow" : "blue"}-filled)`} role="img" aria-label={warns ? "Warning" : "Note"} style={{ flexShrink: 0, marginTop: 2 }} />
      <Text size="sm" className="wrap" style={{ minWidth: 0 }}>
        {children}
      </Text>
    </Group>
  );
}
