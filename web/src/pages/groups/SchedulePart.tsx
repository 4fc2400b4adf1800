import { Button, Group, Menu, Radio, SegmentedControl, Select, Stack, Text, TextInput } from "@mantine/core";
import { useId } from "@mantine/hooks";
import { IconChevronDown } from "@tabler/icons-react";
import { useMemo } from "react";
import { CRON_PRESETS, cronFields, wrongField } from "../../lib/cron";
import { zones } from "../../lib/zones";
import { LengthField } from "../../ui/LengthField";
import type { Draft } from "./draft";
import "./groups.css";

interface Props {
  draft: Draft;
  errors: Record<string, string | undefined>;
  onChange: (change: Partial<Draft>) => void;
}

/** When: a cron line in a zone, or at intervals. */
export function SchedulePart({ draft, errors, onChange }: Props) {
  const id = useId();
  const choices = useMemo(() => [...new Set([...zones(), draft.time_zone])], [draft.time_zone]);
  return (
    <Stack gap="sm" maw={640}>
      <div>
        <Text size="sm" fw={500} id={id} mb={4}>
          Schedule
        </Text>
        <SegmentedControl
          aria-labelledby={id}
          data={[
            { value: "cron", label: "By the clock" },
            { value: "every", label: "At intervals" },
          ]}
          value={draft.kind}
          onChange={(kind) => onChange({ kind: kind as Draft["kind"] })}
        />
      </div>
      {draft.kind === "cron" ? (
        <>
          <Group align="flex-end" gap="xs">
            <TextInput
              label="Cron line"
              description="Minute, hour, day of month, month, day of week; with six fields the first is the second"
              required
              spellCheck={false}
              autoComplete="off"
              classNames={{ input: "mono" }}
              value={draft.cron}
              error={errors.schedule !== undefined}
              aria-invalid={errors.schedule !== undefined}
              aria-describedby={`${id}-schedule`}
              data-path="schedule"
              onChange={(event) => onChange({ cron: event.currentTarget.value })}
              style={{ flex: "1 1 260px" }}
            />
            <Menu position="bottom-end">
              <Menu.Target>
                <Button variant="default" rightSection={<IconChevronDown size={14} aria-hidden />}>
                  Begin with
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                {CRON_PRESETS.map(({ line, words }) => (
                  <Menu.Item key={line} rightSection={<code>{line}</code>} onClick={() => onChange({ cron: line })}>
                    {words}
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
          </Group>
          <div id={`${id}-schedule`}>
            <CronBreakdown line={draft.cron} error={errors.schedule} />
          </div>
          <Select
            label="Time zone"
            description="The cron line is read in this zone"
            searchable
            limit={60}
            allowDeselect={false}
            nothingFoundMessage="No zone is called that"
            data={choices}
            value={draft.time_zone}
            error={errors.time_zone}
            data-path="time_zone"
            onChange={(zone) => onChange({ time_zone: zone ?? "UTC" })}
          />
        </>
      ) : (
        <LengthField
          label="Every"
          description="Counted from 1970, not from the start of the server: every 15 minutes means :00, :15, :30 and :45 UTC"
          min={1}
          value={draft.every_s}
          error={errors.schedule}
          path="schedule"
          onChange={(every_s) => onChange({ every_s })}
        />
      )}
    </Stack>
  );
}

/** Each field under its name; the one that cannot be read stands out. */
function CronBreakdown({ line, error }: { line: string; error: string | undefined }) {
  const fields = cronFields(line);
  const wrong = error === undefined ? undefined : wrongField(error);
  return (
    <Stack gap={6}>
      {fields.length > 0 && (
        <div className="cron-fields">
          {fields.map(({ name, text }) => (
            <div key={name} data-wrong={name === wrong || undefined}>
              <code>{text}</code>
              <span>{name === wrong ? `${name}: wrong` : name}</span>
            </div>
          ))}
        </div>
      )}
      {error !== undefined && (
        <Text size="sm" c="var(--mantine-color-error)" className="wrap" role="alert">
          {error}
        </Text>
      )}
    </Stack>
  );
}

const OVERLAP = [
  { value: "skip", label: "The new slot is recorded as skipped" },
  { value: "queue_one", label: "The new slot waits; when one waits already, it is recorded as skipped" },
];

const MISSED = [
  { value: "latest", label: "The latest runs late, the others are recorded as missed" },
  { value: "skip", label: "All are recorded as missed" },
  { value: "all", label: "The latest few run late, oldest first; you say how many" },
];

/** What becomes of slots that meet another, and of those that passed while nothing ran. */
export function PolicyPart({ draft, errors, onChange }: Props) {
  return (
    <Stack gap="sm" maw={640}>
      <Radio.Group
        label="When a slot comes while an earlier one still waits or runs"
        value={draft.overlap}
        onChange={(overlap) => onChange({ overlap: overlap as Draft["overlap"] })}
      >
        <Stack gap={6} mt={6}>
          {OVERLAP.map(({ value, label }) => (
            <Radio key={value} value={value} label={label} />
          ))}
        </Stack>
      </Radio.Group>
      <Radio.Group
        label="When slots passed while no server ran"
        description="One that passed less than 30 seconds ago is still on time"
        value={draft.missed}
        onChange={(missed) => onChange({ missed: missed as Draft["missed"] })}
      >
        <Stack gap={6} mt={6}>
          {MISSED.map(({ value, label }) => (
            <Radio key={value} value={value} label={label} />
          ))}
        </Stack>
      </Radio.Group>
      {draft.missed === "all" && (
        <TextInput
          type="number"
          label="How many run late at most"
          min={1}
          max={10_000}
          maw={220}
          value={draft.most}
          error={errors["missed.all"] ?? errors.missed}
          data-path="missed.all"
          onChange={(event) => onChange({ most: event.currentTarget.value === "" ? "" : Number(event.currentTarget.value) })}
        />
      )}
      <Text size="xs" c="dimmed">
        {draft.missed === "skip"
          ? "Missed slots are never run. Choose this where late points would be wrong: a snapshot reads the database as it is when it runs."
          : "Late slots run whatever is chosen above, and never in the place of one that is on time. A window series reads the window of its slot; a snapshot reads the database as it is when it runs."}
      </Text>
    </Stack>
  );
}
