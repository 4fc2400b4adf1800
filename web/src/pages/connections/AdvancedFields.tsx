// What most people leave as it is.

import { Accordion, NativeSelect, NumberInput, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { type Connection, V1_EDITIONS } from "../../api/connections";
import { type Form, SecretOf } from "./TargetFields";

interface Props {
  form: Form;
  before: Connection | undefined;
  again: string | undefined;
}

export function AdvancedFields({ form, before, again }: Props) {
  const { driver, v1_edition } = form.values;
  return (
    <Accordion variant="contained" chevronPosition="left" styles={{ label: { fontSize: "var(--mantine-font-size-sm)" } }}>
      <Accordion.Item value="advanced">
        <Accordion.Control>Advanced: time limit, compression, batches</Accordion.Control>
        <Accordion.Panel>
          <Stack gap="sm">
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <NumberInput label="Time limit of a request" suffix=" s" min={0.001} max={3_600} decimalScale={3} {...form.getInputProps("timeout_s")} />
              <NativeSelect
                label="Compression"
                data={[
                  { value: "auto", label: "Automatic: for servers on other machines" },
                  { value: "on", label: "Always" },
                  { value: "off", label: "Never" },
                ]}
                {...form.getInputProps("gzip")}
              />
              <NumberInput label="Lines per batch" min={1} max={50_000} allowDecimal={false} {...form.getInputProps("batch_lines")} />
              <NumberInput label="Requests at once" min={1} max={64} allowDecimal={false} {...form.getInputProps("in_flight")} />
            </SimpleGrid>
            {driver === "v1" && (
              <>
                <SimpleGrid cols={{ base: 1, sm: 2 }}>
                  <NativeSelect
                    label="Edition of InfluxDB 1"
                    data={Object.entries(V1_EDITIONS).map(([value, label]) => ({ value, label }))}
                    {...form.getInputProps("v1_edition")}
                  />
                  {v1_edition === "enterprise" && (
                    <TextInput label="Meta URL" placeholder="http://localhost:8091" spellCheck={false} {...form.getInputProps("meta_url")} />
                  )}
                </SimpleGrid>
                <SecretOf
                  form={form}
                  before={before}
                  again={again}
                  field="shared_secret"
                  label="Shared secret"
                  description="Only for servers that log in by JWT: used instead of a password"
                />
              </>
            )}
            {(driver === "v2" || driver === "v3") && (
              <TextInput label="Telegraf database" placeholder="telegraf" spellCheck={false} {...form.getInputProps("telegraf_database")} />
            )}
          </Stack>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}
