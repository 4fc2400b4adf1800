// Which range is compared, and how finely.

import { Button, Group, Input, SegmentedControl, Select, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconScale } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { createAudit, oneAudit } from "../../api/audits";
import type { Series } from "../../api/series";
import { about, type Every, intervals, MOST_INTERVALS } from "../../lib/audits";
import { count } from "../../lib/format";
import { zones } from "../../lib/zones";
import { CopyAs } from "../../ui/CopyAs";
import { focusField, showDone, showRefusal } from "../../ui/form";
import { Section } from "../../ui/Section";
import { type Draft, emptyDraft, FIELDS, recipesOf, wantedOf } from "./draft";

export function AuditForm({ series }: { series: Series }) {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const form = useForm<Draft & Record<string, unknown>>({ initialValues: emptyDraft() as Draft & Record<string, unknown> });
  const draft = form.values as Draft;
  const wanted = wantedOf(draft);
  const many = about(wanted.from === "" ? undefined : wanted.from, wanted.to ?? undefined, draft.every, Date.now());
  const choices = useMemo(() => [...new Set([...zones(), draft.zone])], [draft.zone]);
  const begin = useMutation({
    mutationFn: () => createAudit(series.id, wanted),
    onSuccess: async (begun) => {
      cache.setQueryData(oneAudit(begun.id).queryKey, begun);
      showDone(`Compares ${series.name}`);
      await navigate({ to: "/audits/$audit", params: { audit: begun.id } });
      await cache.invalidateQueries({ queryKey: ["audits", "list"] });
    },
    onError: (error) => showRefusal(form, error, FIELDS),
  });
  const submit = () => {
    if (wanted.from !== "") {
      begin.mutate();
      return;
    }
    form.setFieldError("from", "Give the first date and time");
    focusField("from");
  };
  return (
    <form
      noValidate
      aria-label="New audit"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack>
        <Section title="What is compared" about="By the time of the points. The range never goes beyond what the series has delivered.">
          <SimpleGrid cols={{ base: 1, sm: 2 }} maw={860}>
            <TextInput {...form.getInputProps("from")} data-path="from" type="datetime-local" label="From" description="In your own time zone" required />
            <TextInput {...form.getInputProps("to")} data-path="to" type="datetime-local" label="Before" description="Not included. Blank: all that is delivered" />
            <Input.Wrapper label="Compare" error={form.errors.every}>
              <SegmentedControl
                aria-label="Compare"
                fullWidth
                mt={4}
                data-path="every"
                data={[{ value: "hour", label: "By hour" }, { value: "day", label: "By day" }]}
                value={draft.every}
                onChange={(every) => {
                  form.setFieldValue("every", every as Every);
                  form.clearFieldError("every");
                }}
              />
            </Input.Wrapper>
            {draft.every === "day" && (
              <Select {...form.getInputProps("zone")} data-path="zone" label="Days of" searchable limit={50} allowDeselect={false} data={choices} nothingFoundMessage="No zone is called that" />
            )}
          </SimpleGrid>
          <Text size="sm" c={many !== undefined && many > MOST_INTERVALS ? "red" : "dimmed"} aria-live="polite">
            {many === undefined
              ? "All rows of the range are read once, beside the series' own runs."
              : many > MOST_INTERVALS
                ? `About ${intervals(many, draft.every)}, and ${count(MOST_INTERVALS)} are the most: compare ${draft.every === "hour" ? "by day, or " : ""}a shorter range.`
                : `About ${intervals(many, draft.every)}. All rows of the range are read once, beside the series' own runs.`}
          </Text>
        </Section>
        <Group>
          <Button type="submit" leftSection={<IconScale size={16} aria-hidden />} loading={begin.isPending}>
            Compare
          </Button>
          <Button variant="default" onClick={() => void navigate({ to: "/series/$series", params: { series: series.id } })}>
            Cancel
          </Button>
          <CopyAs recipes={recipesOf(series.name, wanted)} />
        </Group>
      </Stack>
    </form>
  );
}
