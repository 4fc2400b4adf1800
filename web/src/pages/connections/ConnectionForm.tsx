// A connection, new or edited: what it is, its credentials, and the check that comes before saving.

import { Button, Checkbox, Grid, Group, NativeSelect, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconLock } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { type Connection, connectionList, type Driver, DRIVERS } from "../../api/connections";
import type { PastedKapacitor } from "../../lib/pasted";
import { rungsOfConnection } from "../../lib/rungs";
import { isSecure } from "../../lib/tls";
import { Conflict } from "../../ui/Conflict";
import { CopyAs } from "../../ui/CopyAs";
import { handOver } from "../../ui/handed";
import { SaveLadder } from "../../ui/SaveLadder";
import { Section } from "../../ui/Section";
import { TlsFields } from "../../ui/TlsFields";
import { Unsaved } from "../../ui/Unsaved";
import { AdvancedFields } from "./AdvancedFields";
import { blank, isMoved, type Values, valuesOf, withDriver } from "./draft";
import { PasteBox, type PasteHandle } from "./PasteBox";
import { proposedName } from "./proposal";
import { recipesOf } from "./recipes";
import { valuesOfPasted } from "./taken";
import { errorOf, TargetFields } from "./TargetFields";
import { useSaving } from "./useSaving";

interface Props {
  /** The stored connection that is edited; absent for a new one. */
  before?: Connection;
  /** Loads the stored connection again, after somebody else changed it. */
  onTheirs?: () => void;
}

const AGAIN = "Enter it again: the server or the user changed, and the stored one is never sent to another place";

export function ConnectionForm({ before: given, onTheirs }: Props) {
  // What is edited is what was loaded, whatever is loaded afterwards.
  const [before] = useState(given);
  const navigate = useNavigate();
  const form = useForm<Values>({ initialValues: before ? valuesOf(before) : blank() });
  // Stands in the name's field until somebody gives another one, and follows what is filled in.
  const [isNamed, setNamed] = useState(before !== undefined);
  const others = useQuery(connectionList).data;
  const values = isNamed || form.values.name !== "" ? form.values : { ...form.values, name: proposedName(form.values, (others ?? []).map(({ name }) => name)) };
  const kapacitor = useRef<PastedKapacitor>(undefined);
  const pasteBox = useRef<PasteHandle>(null);
  const saving = useSaving({ form, before, onSaved: (saved) => void leave(saved) });
  const again = before && isMoved(values, before) ? AGAIN : undefined;
  const secure = values.driver !== "file" && isSecure(values.url);
  const rungs = rungsOfConnection(values.driver, secure);
  // Adding goes in steps; what is edited is there already.
  const step = (number: number, title: string) => (before ? title : `${number} · ${title}`);

  function leave(saved: Connection): Promise<void> {
    if (kapacitor.current === undefined) return navigate({ to: "/connections" });
    handOver(saved.id, kapacitor.current);
    return navigate({ to: "/connections/$connection/kapacitors/new", params: { connection: saved.id } });
  }

  return (
    <Grid gap="lg">
      <Unsaved isDirty={saving.isDirty} />
      <Grid.Col span={{ base: 12, lg: 7 }}>
        <form
          noValidate
          aria-label={before ? "Edit connection" : "Add connection"}
          onSubmit={(event) => {
            event.preventDefault();
            if (pasteBox.current?.hold() !== true) void saving.save(values);
          }}
        >
          <Stack gap="md">
            {!before && (
              <PasteBox
                handle={pasteBox}
                onTake={(pasted) => form.setValues(valuesOfPasted(pasted, form.values, isNamed && form.values.name.trim() !== ""))}
                onKapacitor={(pasted) => {
                  kapacitor.current = pasted;
                }}
              />
            )}
            <Section title={step(1, "Name and driver")}>
              <Stack gap="sm">
                <TextInput
                  label="Name"
                  required
                  data-autofocus
                  autoComplete="off"
                  {...form.getInputProps("name")}
                  value={values.name}
                  onChange={(event) => {
                    setNamed(true);
                    form.setFieldValue("name", event.currentTarget.value);
                  }}
                />
                {before ? (
                  <TextInput
                    label="Driver"
                    readOnly
                    variant="filled"
                    value={DRIVERS[values.driver]}
                    rightSection={<IconLock size={16} aria-hidden />}
                    description="It cannot be changed once the connection is there: add another connection instead"
                    data-path="driver"
                    error={errorOf(form, "driver")}
                  />
                ) : (
                  <NativeSelect
                    label="Driver"
                    data={Object.entries(DRIVERS).map(([value, label]) => ({ value, label }))}
                    data-path="driver"
                    value={values.driver}
                    error={errorOf(form, "driver")}
                    onChange={(event) => form.setValues(withDriver(form.values, event.currentTarget.value as Driver))}
                  />
                )}
              </Stack>
            </Section>
            <Section title={step(2, values.driver === "file" ? "Folder" : "Credentials")}>
              <TargetFields
                form={form}
                before={before}
                again={again}
                {...(before ? {} : { onChoose: (change) => form.setValues(change) })}
              />
            </Section>
            {secure && (
              <Section title={step(3, "TLS")}>
                <TlsFields
                  values={values}
                  errors={form.errors}
                  onChange={(change) => form.setValues(change)}
                  clientKey={values.client_key}
                  onClientKey={(change) => form.setFieldValue("client_key", change)}
                  keptKey={before?.secrets.client_key}
                  again={again}
                />
              </Section>
            )}
            <Section title={step(secure ? 4 : 3, "Use")}>
              <Stack gap="sm">
                <Checkbox
                  label="Make this the default connection"
                  description={before?.default === true ? "This is the default. To change that, make another connection the default." : "Explore and new series start with it"}
                  disabled={before?.default === true}
                  {...form.getInputProps("default", { type: "checkbox" })}
                />
                <Textarea label="Notes" description="For whoever looks after it" autosize minRows={2} {...form.getInputProps("notes")} />
              </Stack>
            </Section>
            <AdvancedFields form={form} before={before} again={again} />
            {saving.isChanged && before && (
              <Conflict what={`the connection ${before.name}`} onTheirs={() => onTheirs?.()} onMine={() => void saving.saveOver(values)} />
            )}
            <Group>
              <Button type="submit" loading={saving.running}>
                {before ? "Save" : "Add connection"}
              </Button>
              <Button variant="default" onClick={() => void saving.check(values)} disabled={saving.running}>
                Check only
              </Button>
              <Button variant="default" onClick={() => void navigate({ to: "/connections" })}>
                Cancel
              </Button>
              <CopyAs recipes={recipesOf(values, before)} />
            </Group>
          </Stack>
        </form>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 5 }}>
        <div className="beside">
          <SaveLadder
            findings={saving.findings}
            running={saving.running}
            passed={saving.passed}
            planned={rungs}
            unable={saving.isCreating && values.driver !== "file" ? "Unable to create source: Error contacting source." : undefined}
            onCancel={saving.reset}
            onSaveUnverified={() => void saving.save(values, "skip")}
            onPin={(sha256) => {
              const pinned: Values = { ...values, trust: "pin", pinned_sha256: sha256 };
              form.setValues(pinned);
              void saving.save(pinned);
            }}
          />
        </div>
      </Grid.Col>
    </Grid>
  );
}
