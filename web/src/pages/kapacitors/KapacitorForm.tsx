// A Kapacitor of a connection, new or edited, and the check that comes before saving.

import { Button, Checkbox, Grid, Group, NumberInput, SimpleGrid, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import type { Connection } from "../../api/connections";
import type { Kapacitor } from "../../api/kapacitors";
import { rungsOfKapacitor } from "../../lib/rungs";
import { isSecure } from "../../lib/tls";
import { Conflict } from "../../ui/Conflict";
import { CopyAs } from "../../ui/CopyAs";
import { takeOver } from "../../ui/handed";
import { SaveLadder } from "../../ui/SaveLadder";
import { Section } from "../../ui/Section";
import { SecretField } from "../../ui/SecretField";
import { TlsFields } from "../../ui/TlsFields";
import { Unsaved } from "../../ui/Unsaved";
import { blank, isMoved, recipesOf, type Values, valuesOf, valuesOfPasted } from "./draft";
import { useSaving } from "./useSaving";

interface Props {
  connection: Connection;
  /** How many Kapacitors the connection has already. */
  others?: number;
  /** The stored one that is edited; absent for a new one. */
  before?: Kapacitor;
  /** Loads the stored one again, after somebody else changed it. */
  onTheirs?: () => void;
}

const AGAIN = "Enter it again: the server or the user changed, and the stored one is never sent to another place";

export function KapacitorForm({ connection, others = 0, before: given, onTheirs }: Props) {
  const navigate = useNavigate();
  // What is edited is what was loaded, whatever is loaded afterwards.
  const [before] = useState(given);
  const form = useForm<Values>({ initialValues: before ? valuesOf(before) : blank(connection, others) });
  const [isPasted, setPasted] = useState(false);
  // What was pasted elsewhere is filled in as if somebody had typed it: leaving asks first.
  useEffect(() => {
    const pasted = before ? undefined : takeOver(connection.id);
    if (pasted === undefined) return;
    form.setValues((blankOne) => valuesOfPasted(pasted, { ...blank(connection, others), ...blankOne }));
    setPasted(true);
    // Once, when the form is opened.
  }, []);
  const leave = () => navigate({ to: "/connections/$connection", params: { connection: connection.id } });
  const saving = useSaving({ form, connection, before, onSaved: () => void leave() });
  const { values } = form;
  const again = before && isMoved(values, before) ? AGAIN : undefined;
  const error = (field: string) => (typeof form.errors[field] === "string" ? form.errors[field] : undefined);
  return (
    <Grid gap="lg">
      <Unsaved isDirty={saving.isDirty} />
      <Grid.Col span={{ base: 12, lg: 7 }}>
        <form
          noValidate
          aria-label={before ? "Edit Kapacitor" : "Add Kapacitor"}
          onSubmit={(event) => {
            event.preventDefault();
            void saving.save(values);
          }}
        >
          <Stack gap="md">
            {isPasted && (
              <Text size="sm" role="status">
                Filled in with what you pasted{values.password === undefined ? "" : ", its password too"}.
              </Text>
            )}
            <Section title="Connection details">
              <Stack gap="sm">
                <TextInput label="Kapacitor URL" required type="url" autoComplete="off" spellCheck={false} {...form.getInputProps("url")} />
                <TextInput label="Name" required autoComplete="off" {...form.getInputProps("name")} />
                <SimpleGrid cols={{ base: 1, sm: 2 }}>
                  <TextInput
                    label="Username"
                    description="Only if the Kapacitor asks for a login"
                    autoComplete="off"
                    spellCheck={false}
                    {...form.getInputProps("username")}
                  />
                  <SecretField
                    label="Password"
                    path="password"
                    description="Kept sealed, and never shown again"
                    kept={before?.secrets.password}
                    again={before?.secrets.password?.set === true ? again : undefined}
                    change={values.password}
                    onChange={(change) => {
                      form.setFieldValue("password", change);
                      form.clearFieldError("password");
                    }}
                    error={error("password")}
                  />
                </SimpleGrid>
              </Stack>
            </Section>
            {isSecure(values.url) && (
              <Section title="TLS">
                <TlsFields
                  values={values}
                  errors={form.errors}
                  onChange={(change) => form.setValues(change)}
                  clientKey={values.client_key}
                  onClientKey={(change) => form.setFieldValue("client_key", change)}
                  keptKey={before?.secrets.client_key}
                  again={before?.secrets.client_key?.set === true ? again : undefined}
                />
              </Section>
            )}
            <Section title="Use">
              <Checkbox
                label="Make this the active Kapacitor of the connection"
                description="At most one Kapacitor of a connection is active"
                {...form.getInputProps("active", { type: "checkbox" })}
              />
              <SimpleGrid cols={{ base: 1, sm: 2 }}>
                <NumberInput label="Time limit of a request" suffix=" s" min={0.001} max={3_600} decimalScale={3} {...form.getInputProps("timeout_s")} />
              </SimpleGrid>
              <Textarea label="Notes" description="For whoever looks after it" autosize minRows={2} {...form.getInputProps("notes")} />
            </Section>
            {saving.isChanged && before && (
              <Conflict what={`the Kapacitor ${before.name}`} onTheirs={() => onTheirs?.()} onMine={() => void saving.saveOver(values)} />
            )}
            <Group>
              <Button type="submit" loading={saving.running}>
                {before ? "Save" : "Connect"}
              </Button>
              <Button variant="default" onClick={() => void leave()}>
                Cancel
              </Button>
              <CopyAs recipes={recipesOf(values, connection, before)} />
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
            planned={rungsOfKapacitor(isSecure(values.url))}
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
