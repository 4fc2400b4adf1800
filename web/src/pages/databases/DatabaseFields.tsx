import { Grid, Group, NativeSelect, NumberInput, Radio, Stack, Text, Textarea, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { type Database, type Engine, ENGINES } from "../../api/databases";
import { Section } from "../../ui/Section";
import { SecretField } from "../../ui/SecretField";
import { isMoved, PORTS, type Values } from "./draft";

const TLS = [
  { value: "disable", label: "Never encrypted" },
  { value: "prefer", label: "Encrypted if the server can" },
  { value: "require", label: "Encrypted, certificate not verified" },
  { value: "verify", label: "Encrypted, certificate and host name verified" },
];

/** What an engine needs, then what every database has. */
export function DatabaseFields({ form, before }: { form: UseFormReturnType<Values>; before: Database | undefined }) {
  const { values } = form;
  return (
    <Stack>
      <Section title="Name and engine">
        <TextInput label="Name" description="No two databases have the same" required data-autofocus maxLength={190} key="name" {...form.getInputProps("name")} />
        {before === undefined ? (
          <Radio.Group label="Engine" description="Cannot be changed later" value={values.engine} onChange={(engine) => form.setFieldValue("engine", engine as Engine)}>
            <Group gap="lg" mt={6}>
              {Object.entries(ENGINES).map(([engine, label]) => (
                <Radio key={engine} value={engine} label={label} />
              ))}
            </Group>
          </Radio.Group>
        ) : (
          <TextInput label="Engine" description="Cannot be changed: add another database instead" value={ENGINES[values.engine]} readOnly variant="filled" />
        )}
      </Section>
      <Section title={values.engine === "sqlite" ? "File" : "Server and credentials"}>
        {values.engine === "sqlite" ? (
          <TextInput
            label="File"
            description="The full path, on the machine that Tributary runs on. The file is only read."
            placeholder="/var/lib/shop/shop.db"
            required
            spellCheck={false}
            {...form.getInputProps("path")}
          />
        ) : (
          <ServerFields form={form} before={before} port={PORTS[values.engine]} />
        )}
      </Section>
      <Section title="Use">
        <Grid>
          <Grid.Col span={{ base: 12, xs: 6 }}>
            <NumberInput
              label="Time limit of a statement"
              description="0 is no limit"
              suffix=" s"
              min={0}
              max={86_400}
              decimalScale={3}
              {...form.getInputProps("timeout_s")}
            />
          </Grid.Col>
          <Grid.Col span={{ base: 12, xs: 6 }}>
            <NumberInput label="Reads at once" description="1 to 64; further ones wait" min={1} max={64} allowDecimal={false} {...form.getInputProps("max_reads")} />
          </Grid.Col>
        </Grid>
        <Textarea label="Notes" description="For whoever looks after it" autosize minRows={2} maxRows={8} {...form.getInputProps("notes")} />
      </Section>
    </Stack>
  );
}

function ServerFields({ form, before, port }: { form: UseFormReturnType<Values>; before: Database | undefined; port: number }) {
  const { values, errors } = form;
  const kept = before?.secrets.password;
  const moved = before !== undefined && kept?.set === true && isMoved(values, before);
  return (
    <>
      <Grid>
        <Grid.Col span={{ base: 12, xs: 8 }}>
          <TextInput
            label="Host"
            description="Name, address, or path of a socket"
            required
            spellCheck={false}
            {...form.getInputProps("host")}
          />
        </Grid.Col>
        <Grid.Col span={{ base: 12, xs: 4 }}>
          <NumberInput
            label="Port"
            description={`${port} if blank`}
            placeholder={String(port)}
            min={1}
            max={65_535}
            allowDecimal={false}
            thousandSeparator=""
            {...form.getInputProps("port")}
          />
        </Grid.Col>
      </Grid>
      <TextInput label="Database" description="The database on that server" placeholder="shop" required spellCheck={false} {...form.getInputProps("database")} />
      <TextInput
        label="User"
        description="A read-only account is enough, and safer"
        placeholder="reader"
        required
        autoComplete="off"
        spellCheck={false}
        {...form.getInputProps("username")}
      />
      <SecretField
        label="Password"
        description="Kept sealed, and never shown again"
        kept={kept ?? undefined}
        change={values.password}
        onChange={(change) => form.setFieldValue("password", change)}
        error={typeof errors.password === "string" ? errors.password : undefined}
        again={moved ? "Enter it again: host, port or user changed, and the stored one is never sent to another place" : undefined}
        path="password"
      />
      <NativeSelect label="TLS" data={TLS} {...form.getInputProps("tls")} />
      {values.tls === "disable" && (
        <Text size="sm" c="dimmed">
          Without TLS, the password and every row can be read on the way.
        </Text>
      )}
    </>
  );
}
