// What happens to values that InfluxDB cannot hold: one choice per kind, stated before it is needed.

import { Grid, NativeSelect, NumberInput } from "@mantine/core";
import type { WhenFull } from "../../lib/cursors";
import { count } from "../../lib/format";
import type { ResultColumn } from "../../lib/roles";
import type { ValueKind } from "../../lib/values";
import type { FieldType } from "../../lib/fieldTypes";
import type { Draft } from "./draft";
import type { Policies } from "./mappingDraft";

interface Choice<K extends keyof Policies> {
  name: K;
  label: string;
  data: { value: Policies[K]; label: string }[];
  /** The columns that it concerns; of every kind when absent. */
  kinds?: ValueKind[];
}

type AnyChoice = { [K in keyof Policies]: Choice<K> }[keyof Policies];

const CHOICES: AnyChoice[] = [
  {
    name: "decimal", label: "Decimals", kinds: ["decimal"],
    data: [{ value: "float", label: "the nearest double" }, { value: "text", label: "the exact text" }, { value: "integer", label: "whole numbers; others are rejects" }],
  },
  {
    name: "unsigned", label: "Unsigned integers", kinds: ["unsigned"],
    data: [
      { value: "integer", label: "integers; above 2^63 a reject" }, { value: "unsigned", label: "unsigned: v2, v3 and some v1 servers" },
      { value: "float", label: "doubles, rounded above 2^53" }, { value: "text", label: "text" },
    ],
  },
  {
    name: "not_a_number", label: "NaN and infinities", kinds: ["float", "decimal"],
    data: [{ value: "omit", label: "are left out of their point" }, { value: "reject", label: "reject the row" }],
  },
  {
    name: "time_field", label: "Dates and times as fields", kinds: ["date", "timestamp", "instant"],
    data: [
      { value: "text", label: "ISO 8601 text" }, { value: "unix_s", label: "seconds since 1970" }, { value: "unix_ms", label: "milliseconds since 1970" },
      { value: "unix_ns", label: "nanoseconds since 1970" },
    ],
  },
  { name: "bytes", label: "Bytes", kinds: ["bytes"], data: [{ value: "base64", label: "base64" }, { value: "hex", label: "hexadecimal" }] },
  {
    name: "long_text", label: "Text longer than the server takes", kinds: ["text", "json"],
    data: [{ value: "reject", label: "rejects the row" }, { value: "truncate", label: "is cut at the last whole character" }],
  },
  {
    name: "empty_row", label: "Rows whose fields are all NULL",
    data: [{ value: "skip", label: "are skipped and counted" }, { value: "reject", label: "are rejected and kept" }],
  },
];

/** What was chosen for one kind of value, in words. */
export function policyWords(name: string, value: string): string {
  const choice = CHOICES.find((one) => one.name === name);
  const words = (choice?.data as { value: string; label: string }[] | undefined)?.find((one) => one.value === value)?.label;
  return choice === undefined || words === undefined ? `${name} ${value}` : `${choice.label}: ${words}`;
}

/** What becomes of rows that cannot be written. */
export function rejectWords(limit: number, whenFull: WhenFull): string {
  return `Up to ${count(limit)} of a run are kept; with more ${whenFull === "stop" ? "the run stops" : "the others are only counted"}`;
}

interface RejectProps {
  draft: Pick<Draft, "reject_limit" | "when_full">;
  error: string | undefined;
  onChange: (change: Partial<Draft>) => void;
}

/** Rows that cannot be written are kept with their reason: how many of them, and what then. */
export function RejectPart({ draft, error, onChange }: RejectProps) {
  return (
    <Grid gap="sm">
      <Grid.Col span={{ base: 12, sm: 6 }}>
        <NumberInput
          label="Rejects kept of one run"
          description="Rows that cannot be written, with their reason"
          min={1}
          max={1_000_000}
          clampBehavior="none"
          allowDecimal={false}
          allowNegative={false}
          value={draft.reject_limit}
          error={error}
          data-path="rejects.limit"
          onChange={(value) => onChange({ reject_limit: value === "" ? "" : Number(value) })}
        />
      </Grid.Col>
      <Grid.Col span={{ base: 12, sm: 6 }}>
        <NativeSelect
          label="When a run has more"
          description={draft.when_full === "stop" ? "No row is lost: it can be run again when what is wrong is mended" : "Their rows are lost to InfluxDB"}
          data={[
            { value: "stop", label: "the run stops as failed" },
            { value: "count", label: "the others are counted, and not kept" },
          ]}
          value={draft.when_full}
          onChange={(event) => onChange({ when_full: event.currentTarget.value as WhenFull })}
        />
      </Grid.Col>
    </Grid>
  );
}

/** What is asked of the fields of one kind; of those that get another type, nothing that this type decides. */
export function policiesOf(kind: ValueKind, type: FieldType | undefined): AnyChoice[] {
  const decided: ReadonlySet<string> = new Set(type === undefined ? [] : ["decimal", "unsigned"]);
  return CHOICES.filter(({ name, kinds }) => kinds?.includes(kind) === true && !decided.has(name));
}

interface FieldProps {
  choice: AnyChoice;
  policies: Policies;
  description: string;
  onChange: (policies: Policies) => void;
}

export function PolicyField({ choice: { name, label, data }, policies, description, onChange }: FieldProps) {
  return (
    <NativeSelect label={label} description={description} data={data} value={policies[name]} onChange={(event) => onChange({ ...policies, [name]: event.currentTarget.value })} />
  );
}

export function PolicyPart({ policies, columns, onChange }: { policies: Policies; columns: readonly ResultColumn[]; onChange: (policies: Policies) => void }) {
  return (
    <Grid gap="sm">
      {CHOICES.map((choice) => {
        const { name, kinds } = choice;
        const concerned = kinds === undefined ? undefined : columns.filter(({ kind }) => kinds.includes(kind)).map((column) => column.name);
        const description = concerned === undefined ? "Every series" : concerned.length === 0 ? "No column of this result" : concerned.join(", ");
        return (
          <Grid.Col key={name} span={{ base: 12, sm: 6 }}>
            <PolicyField choice={choice} policies={policies} description={description} onChange={onChange} />
          </Grid.Col>
        );
      })}
    </Grid>
  );
}
