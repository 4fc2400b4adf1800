// A further endpoint of a handler that can have several: another Slack workspace, another MQTT broker.

import { Button, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { oneConnection } from "../../api/connections";
import { addEndpoint, endpointChanged, endpointsOf, type Handler, type OfKapacitor } from "../../api/endpoints";
import { oneKapacitor } from "../../api/kapacitors";
import { sentence } from "../../lib/format";
import { CopyAs } from "../../ui/CopyAs";
import { showDone } from "../../ui/form";
import { Loading } from "../../ui/Loading";
import { PageHead } from "../../ui/PageHead";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";
import { Unsaved } from "../../ui/Unsaved";
import { fieldsOf, newOptions, pathOf, problemOfElement, problemsOf, valuesOf } from "./draft";
import { KapacitorLink } from "./KapacitorLink";
import { Options } from "./Options";
import { newRecipes, type Place } from "./recipes";
import { useRefusals } from "./useRefusals";
import { titleOf } from "./words";
import "./endpoints.css";

const LIST = "/connections/$connection/kapacitors/$kapacitor/endpoints";
const HERE = `${LIST}/new` as const;

export function NewEndpointPage() {
  const of = useParams({ from: HERE });
  const { handler: wanted } = useSearch({ from: HERE });
  const connection = useQuery(oneConnection(of.connection));
  const kapacitor = useQuery(oneKapacitor(of.connection, of.kapacitor));
  const endpoints = useQuery(endpointsOf(of));
  const error = endpoints.error ?? kapacitor.error ?? connection.error;
  const several = endpoints.data?.handlers.filter(({ key }) => key != null) ?? [];
  const handler = several.find(({ section }) => section === wanted) ?? several[0];
  return (
    <>
      <PageHead title="Add endpoint" about={<>Another workspace, broker or address, where <KapacitorLink of={of} name={kapacitor.data?.name} /> can have several.</>} />
      {error !== null && <Problem error={error} retry={() => void endpoints.refetch()} />}
      {error === null && !(endpoints.data && connection.data && kapacitor.data) && <Loading />}
      {endpoints.data && handler === undefined && <Text>This Kapacitor has one endpoint of each handler. Choose it in the list.</Text>}
      {handler && connection.data && kapacitor.data && (
        <NewEndpointForm key={handler.section} of={of} place={{ connection: connection.data, kapacitor: kapacitor.data }} handlers={several} handler={handler} />
      )}
    </>
  );
}

interface Props {
  of: OfKapacitor;
  place: Place;
  handlers: Handler[];
  handler: Handler;
}

function NewEndpointForm({ of, place, handlers, handler }: Props) {
  const queries = useQueryClient();
  const navigate = useNavigate({ from: HERE });
  const [element, setElement] = useState("");
  const [values, setValues] = useState(() => valuesOf(handler));
  const [blank] = useState(values);
  const [saving, setSaving] = useState(false);
  const isSaved = useRef(false);
  const refusals = useRefusals((path) => path === "name" || fieldsOf(handler).some(({ name }) => path === pathOf(name)));
  const isDirty = () => !isSaved.current && (element !== "" || JSON.stringify(values) !== JSON.stringify(blank));
  const nameField = handler.fields.find(({ name }) => name === handler.key);

  async function add() {
    const wrong = problemOfElement(element);
    if (!refusals.passes({ ...(wrong !== undefined && { name: wrong }), ...problemsOf(handler, values) })) return;
    setSaving(true);
    try {
      const added = await addEndpoint(of, `${handler.section}:${element.trim()}`, newOptions(handler, values));
      isSaved.current = true;
      await endpointChanged(queries, of);
      showDone(`Added ${titleOf(handler, added)}`);
      await navigate({ to: "/connections/$connection/kapacitors/$kapacitor/endpoints/$endpoint", params: { ...of, endpoint: added.name } });
    } catch (error) {
      refusals.refused(error);
    } finally {
      setSaving(false);
    }
  }

  return (
    <form
      noValidate
      aria-label="Add endpoint"
      style={{ maxWidth: 760 }}
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <Unsaved isDirty={isDirty} />
      <Stack>
        <Section title="Handler and name">
          <NativeSelect
            label="Handler"
            description="All others exist once: choose them in the list of endpoints"
            data={handlers.map(({ section, label }) => ({ value: section, label }))}
            value={handler.section}
            onChange={(event) => void navigate({ search: { handler: event.currentTarget.value }, replace: true })}
          />
          {handler.remark != null && <Text size="sm">{sentence(handler.remark)}</Text>}
          <TextInput
            label={nameField?.label ?? "Name"}
            description="Tells it from the others, in the tasks that use it too. It cannot be changed later."
            required
            data-path="name"
            autoComplete="off"
            spellCheck={false}
            value={element}
            error={refusals.errors.name}
            onChange={(event) => {
              setElement(event.currentTarget.value);
              refusals.forget("name");
            }}
          />
        </Section>
        <Options
          handler={handler}
          values={values}
          errors={refusals.errors}
          onChange={(option, value) => {
            setValues((before) => ({ ...before, [option]: value }));
            refusals.forget(pathOf(option));
          }}
        />
        {refusals.problem !== undefined && <Problem error={refusals.problem} />}
        <Group>
          <Button type="submit" loading={saving}>
            Add endpoint
          </Button>
          <Button variant="default" renderRoot={(rest) => <Link to={LIST} params={of} {...rest} />}>
            Cancel
          </Button>
          <CopyAs recipes={newRecipes(place, handler, element.trim(), values)} />
        </Group>
      </Stack>
    </form>
  );
}
