// What a column becomes beside its role: another name, another type, what a NULL and what InfluxDB cannot hold becomes. Opens at its head.

import { ActionIcon, CloseButton, Group, NativeSelect, Popover, Stack, Text, TextInput, Title } from "@mantine/core";
import { useId } from "@mantine/hooks";
import { IconAdjustmentsHorizontal, IconAlertCircle } from "@tabler/icons-react";
import { useLayoutEffect, useRef, useState } from "react";
import { type FieldType, TYPE_WORDS } from "../../lib/fieldTypes";
import type { Role } from "../../lib/roles";
import type { ValueKind } from "../../lib/values";
import type { ValueColumn } from "../../ui/ValueTable";
import type { MappingDraft, Null } from "./mappingDraft";
import { naturalType, ofColumn, possibleTypes } from "./mappingProblems";
import { PolicyField, policiesOf } from "./PolicyPart";

type Settings = Pick<MappingDraft, "renames" | "field_types" | "nulls" | "policies">;

export interface ColumnEdit {
  draft: Settings;
  errors: Record<string, string | undefined>;
  isOpen: boolean;
  onOpen: (isOpen: boolean) => void;
  onChange: (change: Partial<Settings>) => void;
}

interface Props extends ColumnEdit {
  column: ValueColumn;
  role: "tag" | "field" | "measurement";
}

const WIDTH_PX = 320;

export function ColumnSettings({ column, role, draft, errors, isOpen, onOpen, onChange }: Props) {
  const id = useId();
  const wrong = (["renames", "nulls", "field_types"] as const).find((part) => errors[ofColumn(part, column.name)] !== undefined);
  const isWrong = wrong !== undefined;
  const button = useRef<HTMLButtonElement>(null);
  const [position, setPosition] = useState<"bottom-start" | "bottom-end">("bottom-start");
  // The lines stand at the right of the rows: they are to be seen.
  useLayoutEffect(() => {
    const [own, rows] = [button.current?.getBoundingClientRect(), button.current?.closest(".list-rows")?.getBoundingClientRect()];
    if (isOpen && own && rows) setPosition(own.left + WIDTH_PX > rows.right ? "bottom-end" : "bottom-start");
  }, [isOpen]);
  const isSet = columnWords(draft, column.name, role).length > 0;
  return (
    <Popover opened={isOpen} onChange={onOpen} position={position} width={`min(${WIDTH_PX}px, calc(100vw - 16px))`} shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <ActionIcon
          ref={button}
          size={24}
          variant={isSet ? "light" : "subtle"}
          color={isWrong ? "red" : isSet ? "water" : "gray"}
          aria-label={`More about ${column.name}${isWrong ? ": something is wrong" : ""}`}
          onClick={() => onOpen(!isOpen)}
        >
          {isWrong ? <IconAlertCircle size={16} aria-hidden /> : <IconAdjustmentsHorizontal size={16} aria-hidden />}
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-labelledby={id}>
        <Stack gap="sm">
          <Group justify="space-between" wrap="nowrap" align="flex-start">
            <Title order={3} size="h6" id={id} className="wrap">
              {column.name}
            </Title>
            <CloseButton size="sm" aria-label="Close" onClick={() => onOpen(false)} />
          </Group>
          {role !== "measurement" && <NameField {...{ column, role, draft, errors, onChange }} isFirst={wrong !== "nulls"} />}
          {role === "field" && <TypeField {...{ column, draft, errors, onChange }} />}
          <NullFields {...{ column, role, draft, errors, onChange }} isFirst={wrong === "nulls"} />
          {role === "field" &&
            policiesOf(column.kind, draft.field_types[column.name]).map((choice) => (
              <PolicyField key={choice.name} choice={choice} policies={draft.policies} description="Of every such column of the series" onChange={(policies) => onChange({ policies })} />
            ))}
          {role === "tag" && (
            <Text size="xs" c="dimmed">
              A tag is always text{TAG_TEXT[column.kind] === undefined ? "." : `: ${TAG_TEXT[column.kind]}. It stays so in every version, because it tells series apart.`}
            </Text>
          )}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

type Part = Pick<Props, "column" | "draft" | "errors" | "onChange"> & {
  /** The focus begins here. */
  isFirst?: boolean;
};

function NameField({ column, role, draft, errors, onChange, isFirst }: Part & { role: Role }) {
  return (
    <TextInput
      label={`Name of the ${role}`}
      placeholder={column.name}
      description="Blank: as the column is called"
      value={draft.renames[column.name] ?? ""}
      error={errors[ofColumn("renames", column.name)]}
      data-path={ofColumn("renames", column.name)}
      data-autofocus={isFirst || undefined}
      onChange={(event) => onChange({ renames: withMember(draft.renames, column.name, event.currentTarget.value || undefined) })}
    />
  );
}

function TypeField({ column, draft, errors, onChange }: Part) {
  const natural = naturalType(column.kind, draft.policies);
  const said = draft.field_types[column.name];
  const choices = [...new Set([...possibleTypes(column.kind), ...(said === undefined ? [] : [said])])].filter((type) => type !== natural || type === said);
  if (choices.length === 0) return null;
  return (
    <NativeSelect
      label="Type of the field"
      description={said === undefined ? undefined : FITS[said]}
      data={[{ value: "", label: `As it comes: ${TYPE_WORDS[natural]}` }, ...choices.map((type) => ({ value: type, label: sentenceOf(TYPE_WORDS[type]) }))]}
      value={said ?? ""}
      error={errors[ofColumn("field_types", column.name)]}
      data-path={ofColumn("field_types", column.name)}
      onChange={(event) => onChange({ field_types: withMember(draft.field_types, column.name, (event.currentTarget.value || undefined) as FieldType | undefined) })}
    />
  );
}

function NullFields({ column, role, draft, errors, onChange, isFirst }: Part & { role: Props["role"] }) {
  const rule = draft.nulls[column.name] ?? (role === "measurement" ? "reject" : "omit");
  const error = errors[ofColumn("nulls", column.name)];
  const take = (chosen: Null | undefined) => onChange({ nulls: withMember(draft.nulls, column.name, chosen) });
  return (
    <>
      <NativeSelect
        label={role === "field" ? "A NULL" : "A NULL, or empty text"}
        data={[
          ...(role === "measurement" ? [] : [{ value: "omit", label: "is left out of its point" }]),
          { value: "reject", label: "rejects its row" },
          { value: "default", label: "becomes a value" },
        ]}
        value={typeof rule === "string" ? rule : "default"}
        error={typeof rule === "string" ? error : undefined}
        onChange={(event) => {
          const chosen = event.currentTarget.value;
          const isUsual = chosen === (role === "measurement" ? "reject" : "omit");
          take(isUsual ? undefined : chosen === "default" ? { default: "" } : "reject");
        }}
      />
      {typeof rule === "object" && (
        <TextInput
          label="Value in its place"
          value={rule.default}
          error={error}
          data-path={ofColumn("nulls", column.name)}
          data-autofocus={isFirst || undefined}
          onChange={(event) => take({ default: event.currentTarget.value })}
        />
      )}
    </>
  );
}

/** What was chosen for a column, in few words; nothing when all is as usual. */
export function columnWords({ renames, field_types, nulls }: Pick<MappingDraft, "renames" | "field_types" | "nulls">, column: string, role: Role): string[] {
  if (role === "unused" || role === "time") return [];
  const [name, type, rule] = [renames[column] ?? "", field_types[column], nulls[column]];
  return [
    ...(role !== "measurement" && name !== "" && name !== column ? [`→ ${name}`] : []),
    ...(role === "field" && type !== undefined ? [`as ${type}`] : []),
    ...(rule === undefined || rule === "omit" || (role === "measurement" && rule === "reject") ? [] : [rule === "reject" ? "NULL rejects" : `NULL is ${rule.default === "" ? "…" : rule.default}`]),
  ];
}

function withMember<T>(members: Record<string, T>, name: string, value: T | undefined): Record<string, T> {
  const { [name]: _, ...rest } = members;
  return value === undefined ? rest : { ...rest, [name]: value };
}

function sentenceOf(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const FITS: Record<FieldType, string> = {
  integer: "A value that is not whole, or does not fit into 64 bits, rejects its row",
  unsigned: "A value that is negative or not whole rejects its row",
  float: "A text that is no number, or a whole number that a double does not hold, rejects its row",
  text: "Every value has a text",
  boolean: "What is neither 0, 1, true, false nor a word for it rejects its row",
};

const TAG_TEXT: Partial<Record<ValueKind, string>> = {
  boolean: "true or false", integer: "-7", unsigned: "7", float: "the shortest that reads back, always with a point (1.0)", decimal: "exact, 12.30 is not 12.3", date: "2026-11-21",
  timestamp: "2026-11-21T14:05:00", instant: "2026-11-21T14:05:00Z",
};
