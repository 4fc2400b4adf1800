// The options of an endpoint that is there: changed, saved, tested.

import { Button, Grid, Group, Stack } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { changeEndpoint, endpointChanged, type OfKapacitor } from "../../api/endpoints";
import { CopyAs } from "../../ui/CopyAs";
import { showDone } from "../../ui/form";
import { Problem } from "../../ui/Problem";
import { Unsaved } from "../../ui/Unsaved";
import { Differs } from "./Differs";
import { fieldsOf, isChanged, patchOf, pathOf, problemsOf, valuesOf } from "./draft";
import { Options } from "./Options";
import { changeRecipes, type Place } from "./recipes";
import { TestPart } from "./TestPart";
import { useRefusals } from "./useRefusals";
import { type Listed, titleOf } from "./words";

interface Props {
  of: OfKapacitor;
  place: Place;
  listed: Listed;
}

export function EndpointForm({ of, place, listed }: Props) {
  const { handler, endpoint } = listed;
  const queries = useQueryClient();
  const now = useMemo(() => valuesOf(handler, endpoint), [handler, endpoint]);
  const [stored, setStored] = useState(now);
  const [values, setValues] = useState(now);
  const [saving, setSaving] = useState(false);
  // What a test said of what was stored before says nothing of what is.
  const [saves, setSaves] = useState(0);
  const refusals = useRefusals((path) => fieldsOf(handler).some(({ name }) => path === pathOf(name)));
  const isDirty = isChanged(handler, values, stored);
  const title = titleOf(handler, endpoint);
  const take = (taken: typeof now) => {
    setStored(taken);
    setValues(taken);
  };
  // What was changed elsewhere is taken over as long as nobody has changed anything here.
  useEffect(() => {
    if (!isDirty) take(now);
  }, [now]);

  async function save() {
    if (!refusals.passes(problemsOf(handler, values))) return;
    setSaving(true);
    try {
      const saved = await changeEndpoint(of, endpoint.name, patchOf(handler, values, stored));
      take(valuesOf(handler, saved));
      setSaves((times) => times + 1);
      await endpointChanged(queries, of, saved);
      showDone(`Saved ${title}. Kapacitor has taken it over`);
    } catch (error) {
      refusals.refused(error);
    } finally {
      setSaving(false);
    }
  }

  return (
    <Grid gap="lg">
      <Unsaved isDirty={() => isDirty} />
      <Grid.Col span={{ base: 12, lg: 7 }}>
        <form
          noValidate
          aria-label="Edit endpoint"
          onSubmit={(event) => {
            event.preventDefault();
            void save();
          }}
        >
          <Stack>
            <Differs of={of} listed={listed} />
            <Options
              handler={handler}
              values={values}
              stored={stored}
              errors={refusals.errors}
              onChange={(option, value) => {
                setValues((before) => ({ ...before, [option]: value }));
                refusals.forget(pathOf(option));
              }}
            />
            {refusals.problem !== undefined && <Problem error={refusals.problem} />}
            <Group>
              <Button type="submit" loading={saving}>
                Save
              </Button>
              <Button variant="default" renderRoot={(rest) => <Link to="/connections/$connection/kapacitors/$kapacitor/endpoints" params={of} {...rest} />}>
                {isDirty ? "Cancel" : "All endpoints"}
              </Button>
              <CopyAs recipes={changeRecipes(place, listed, values, stored)} />
            </Group>
          </Stack>
        </form>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 5 }}>
        <div className="beside">
          <TestPart key={saves} of={of} handler={handler} name={endpoint.name} title={title} obstacle={obstacleOf(isDirty, endpoint.enabled !== false)} />
        </div>
      </Grid.Col>
    </Grid>
  );
}

/** A test is of what runs: of nothing that is only written here, and of nothing that is off. */
function obstacleOf(isDirty: boolean, isOn: boolean): string | undefined {
  if (isDirty) return "Save first: a test uses what Kapacitor has, not what is written here.";
  return isOn ? undefined : "It is off. Enable it and save to test it.";
}
