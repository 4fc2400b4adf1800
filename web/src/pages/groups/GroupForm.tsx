import { Button, Group as Row, Stack, Switch, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo, useRef, useState } from "react";
import { Refusal, type Schemas } from "../../api/client";
import { type Group, oneGroup } from "../../api/groups";
import { Conflict } from "../../ui/Conflict";
import { CopyAs } from "../../ui/CopyAs";
import { focusField, showDone, showRefusal } from "../../ui/form";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";
import { Unsaved } from "../../ui/Unsaved";
import { createGroup, draftForecast, groupsChanged, patchGroup } from "./data";
import { type Draft, draftOf, missing, newDraft, recipesOf, specOf } from "./draft";
import { ForecastPart } from "./ForecastPart";
import { PolicyPart, SchedulePart } from "./SchedulePart";

const FIELDS = ["name", "schedule", "time_zone", "missed.all", "missed"];
/** How long typing rests before the server is asked for slots. */
const REST_MS = 250;
const FIRES = 5;

/** Makes a group, or changes `before`. */
export function GroupForm({ before, onTheirs }: { before?: Group; onTheirs?: () => void }) {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const [initial] = useState<Draft>(() => (before ? draftOf(before) : newDraft()));
  const form = useForm<Draft & Record<string, unknown>>({ initialValues: initial as Draft & Record<string, unknown> });
  const draft = form.values as Draft;
  const [saving, setSaving] = useState(false);
  const [conflict, setConflict] = useState(false);
  const saved = useRef(false);

  const spec = JSON.stringify(specOf(draft));
  const [rested] = useDebouncedValue(spec, REST_MS);
  const asked = useMemo(() => JSON.parse(rested) as Schemas["Group"], [rested]);
  const askable = missing({ ...draft, name: "any" }) === undefined;
  const { data, error, isFetching, isPlaceholderData } = useQuery(draftForecast({ ...asked, count: FIRES }, askable));
  const refusal = error instanceof Refusal ? error : undefined;
  const place = FIELDS.find((name) => refusal?.field === name);
  const errors: Record<string, string | undefined> = {};
  if (refusal && place !== undefined) errors[place] = refusal.message;
  for (const [name, told] of Object.entries(form.errors)) if (typeof told === "string") errors[name] = told;

  const change = (part: Partial<Draft>) => {
    form.setValues(part as Partial<Draft & Record<string, unknown>>);
    const touched = { cron: "schedule", every_s: "schedule", kind: "schedule", most: "missed.all", missed: "missed.all" } as Record<string, string>;
    for (const name of Object.keys(part)) form.clearFieldError(touched[name] ?? name);
  };

  const save = async (base: Group | undefined) => {
    const blank = missing(draft);
    if (blank) {
      form.setFieldError(blank.field, blank.message);
      focusField(blank.field);
      return;
    }
    setSaving(true);
    setConflict(false);
    try {
      const body = { name: draft.name.trim(), ...specOf(draft) };
      const stored = base ? await patchGroup(base, body) : await createGroup(body);
      saved.current = true;
      await groupsChanged(cache);
      showDone(base ? `Saved the group ${stored.name}` : `Made the group ${stored.name}`);
      await navigate({ to: "/groups/$group", params: { group: stored.id } });
    } catch (refused) {
      if (refused instanceof Refusal && refused.kind === "changed") setConflict(true);
      else showRefusal(form, refused, FIELDS);
    } finally {
      setSaving(false);
    }
  };
  const overwrite = async () => {
    if (!before) return;
    const { revision } = await cache.fetchQuery({ ...oneGroup(before.id), staleTime: 0 });
    await save({ ...before, revision });
  };
  return (
    <form
      noValidate
      aria-label={before ? `Edit ${before.name}` : "New group"}
      onSubmit={(event) => {
        event.preventDefault();
        void save(before);
      }}
    >
      <Unsaved isDirty={() => !saved.current && JSON.stringify(draft) !== JSON.stringify(initial)} />
      <Stack>
        <Section title="Name and use">
          <TextInput
            label="Name"
            required
            maw={420}
            value={draft.name}
            error={errors.name}
            data-path="name"
            onChange={(event) => change({ name: event.currentTarget.value })}
          />
          <Switch
            label="Enabled"
            description={draft.enabled ? "Its series run at each slot" : "It has no slots; it can still be run by hand"}
            checked={draft.enabled}
            onChange={(event) => change({ enabled: event.currentTarget.checked })}
          />
        </Section>
        <Section title="When it runs">
          <SchedulePart draft={draft} errors={errors} onChange={change} />
          {error !== null && place === undefined ? (
            <Problem error={error} />
          ) : (
            <ForecastPart spec={asked} forecast={error === null && askable ? data : undefined} loading={isFetching} stale={isPlaceholderData || rested !== spec} />
          )}
        </Section>
        <Section title="When it cannot run on time">
          <PolicyPart draft={draft} errors={errors} onChange={change} />
        </Section>
        {conflict && before && <Conflict what={`the group ${before.name}`} onTheirs={() => onTheirs?.()} onMine={() => void overwrite()} />}
        <Row>
          <Button type="submit" loading={saving}>
            {before ? "Save" : "Make the group"}
          </Button>
          <Button variant="default" renderRoot={(rest) => <Link {...(before ? { to: "/groups/$group", params: { group: before.id } } : { to: "/groups" })} {...rest} />}>
            Cancel
          </Button>
          <CopyAs recipes={recipesOf(draft)} />
        </Row>
      </Stack>
    </form>
  );
}
