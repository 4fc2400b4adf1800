// Which range is read, in which chunks: planned first, begun when somebody has seen the plan.

import { Button, Group, NumberInput, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconListCheck, IconPlayerPlay } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { type Backfill, createBackfill, oneBackfill } from "../../api/backfills";
import { cursorOf } from "../../api/cursors";
import { groupList } from "../../api/groups";
import type { Series } from "../../api/series";
import { looksLikeTime } from "../../lib/backfills";
import { count } from "../../lib/format";
import { Bound } from "../../ui/Bound";
import { CopyAs } from "../../ui/CopyAs";
import { focusField, showDone, showRefusal } from "../../ui/form";
import { LengthField } from "../../ui/LengthField";
import { Section } from "../../ui/Section";
import { type Draft, EMPTY_DRAFT, FIELDS, recipesOf, wantedOf } from "./draft";
import { Plan } from "./Plan";

/** A plan, and what it was made for: another range needs another one. */
interface Planned {
  of: string;
  plan: Backfill;
}

export function BackfillForm({ series }: { series: Series }) {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const form = useForm<Draft & Record<string, unknown>>({ initialValues: EMPTY_DRAFT as Draft & Record<string, unknown> });
  const draft = form.values as Draft;
  const [planned, setPlanned] = useState<Planned>();
  const { mode } = series;
  const isWindow = mode.mode === "window";
  const hasGroup = series.group_id != null;
  const wanted = wantedOf(draft, isWindow);
  const told = JSON.stringify(wanted);
  const plan = planned?.of === told ? planned.plan : undefined;
  const isTimes = isWindow || looksLikeTime(draft.from);
  const refuse = (error: unknown) => showRefusal(form, error, FIELDS);
  const look = useMutation({
    mutationFn: () => createBackfill(series.id, { ...wanted, dry_run: true }),
    onSuccess: (made) => setPlanned({ of: told, plan: made }),
    onError: refuse,
  });
  const begin = useMutation({
    mutationFn: () => createBackfill(series.id, wanted),
    onSuccess: async (begun) => {
      const backfill = begun.id ?? "";
      cache.setQueryData(oneBackfill(backfill).queryKey, begun);
      showDone(`Began the backfill of ${series.name}`);
      await navigate({ to: "/backfills/$backfill", params: { backfill } });
      await cache.invalidateQueries({ queryKey: ["backfills", "list"] });
    },
    onError: refuse,
  });
  const submit = () => {
    if (wanted.from === "") {
      form.setFieldError("from", isWindow ? "Give the first date and time" : "Give the first value that is read");
      focusField("from");
    } else if (plan) begin.mutate();
    else look.mutate();
  };
  const path = (name: keyof Draft) => ({ ...form.getInputProps(name), "data-path": name });
  return (
    <form
      noValidate
      aria-label="New backfill"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack>
        <Section title="What is read" about={isWindow ? "Each slot in the range is read with its own window, as its run would have read it." : <Standing series={series} />}>
          <SimpleGrid cols={{ base: 1, sm: 2 }} maw={860}>
            <TextInput
              {...path("from")}
              required
              {...(isWindow ? { type: "datetime-local", label: "Slots from", description: "In your own time zone" } : { label: "From", description: "The first value of the cursor that is read" })}
            />
            <TextInput
              {...path("to")}
              {...(isWindow
                ? { type: "datetime-local", label: "Before", description: "Not included. Blank: all slots that have come" }
                : { label: "Up to", description: "Not included. Blank: all that is decided now" })}
            />
          </SimpleGrid>
          {!isWindow && (
            <Text size="sm" c="dimmed" maw={860}>
              The range never goes beyond the fence of this moment: rows above it may still change or get neighbours, and belong to the series&apos; own runs. Rows
              without a cursor value are in no range.
            </Text>
          )}
        </Section>
        <Section title="How fast" about="Its runs and the series' own share what the database and the connection take at once.">
          <SimpleGrid cols={{ base: 1, sm: 3 }} maw={860}>
            {isWindow && hasGroup ? (
              <EachSlot group={series.group_id ?? ""} />
            ) : isTimes ? (
              <LengthField
                label={isWindow ? "Slots lie apart" : "Length of a chunk"}
                description={isWindow ? "Blank: the length of the window" : "Blank: about 100 chunks"}
                value={draft.chunk}
                path="chunk"
                min={1}
                error={form.errors.chunk}
                onChange={(chunk) => form.setFieldValue("chunk", chunk)}
              />
            ) : (
              <NumberInput {...path("chunk")} label="Length of a chunk" description="Units of the cursor. Blank: about 100 chunks" min={1} allowDecimal={false} allowNegative={false} />
            )}
            <NumberInput {...path("parallel")} label="Side by side" description="Most chunks at once, 1 to 8" min={1} max={8} allowDecimal={false} allowNegative={false} />
            <LengthField
              label="Pause"
              description="After each chunk, to spare the database"
              value={draft.pause_s}
              path="pause_s"
              error={form.errors.pause_s}
              onChange={(pause) => form.setFieldValue("pause_s", pause)}
            />
          </SimpleGrid>
        </Section>
        <div aria-live="polite">{plan && <Plan plan={plan} isOpenEnd={wanted.to === undefined} isWindow={isWindow} />}</div>
        <Group>
          {plan ? (
            <Button type="submit" leftSection={<IconPlayerPlay size={16} aria-hidden />} loading={begin.isPending}>
              {plan.chunks === 1 ? "Read it" : `Read ${count(plan.chunks)} chunks`}
            </Button>
          ) : (
            <Button type="submit" leftSection={<IconListCheck size={16} aria-hidden />} loading={look.isPending}>
              Plan it
            </Button>
          )}
          <Button variant="default" onClick={() => void navigate({ to: "/series/$series", params: { series: series.id } })}>
            Cancel
          </Button>
          <CopyAs recipes={recipesOf(series.name, wanted, isTimes)} />
        </Group>
      </Stack>
    </form>
  );
}

/** Where the cursor stands: most ranges that are read again lie below it. */
function Standing({ series }: { series: Series }) {
  const { data } = useQuery(cursorOf(series.id));
  const column = series.mode.mode === "incremental" ? series.mode.cursor : "";
  const at = data?.position?.cursor.text;
  return (
    <>
      A range of <code>{column}</code>.{" "}
      {at !== undefined && (
        <>
          The series has delivered all rows up to <Bound at={at} />.
        </>
      )}
    </>
  );
}

function EachSlot({ group }: { group: string }) {
  const { data } = useQuery(groupList);
  const name = data?.find(({ id }) => id === group)?.name;
  return (
    <Text size="sm" maw={280}>
      Each slot of the group{name === undefined ? "" : ` ${name}`} is a chunk of its own.
    </Text>
  );
}
