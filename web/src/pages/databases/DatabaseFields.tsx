import { Grid, Group, NativeSelect, NumberInput, Radio, Stack, Text, Textarea, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useQuery } from "@tanstack/react-query";
import { builtEngines, type Database, type Engine, ENGINES } from "../../api/databases";
import { PemField } from "../../ui/PemField";
import { Section } from "../../ui/Section";
import { SecretField } from "../../ui/SecretField";
import { DriverFields } from "./DriverFields";
import { isMoved, isServer, PORTS, type ServerEngine, type Values } from "./draft";

const TLS = [
  { value: "disable", label: "Never encrypted" },
  { value: "prefer", label: "Encrypted if the server can" },
  { value: "require", label: "Encrypted, certificate not verified" },
  { value: "verify", label: "Encrypted, certificate and host name verified" },
];

/** What an engine needs, then what every database has. */
export function DatabaseFields({ form, before }: { form: UseFormReturnType<Values>; before: Database | undefined }) {
  const { values } = form;
  const { data: built } = useQuery(builtEngines);
  const offered = (Object.keys(ENGINES) as Engine[]).filter((engine) => isBuiltIn(engine) || built?.includes(engine) === true);
  return (
    <Stack>
      <Section title="Name and engine">
        <TextInput label="Name" description="No two databases have the same" required data-autofocus maxLength={190} key="name" {...form.getInputProps("name")} />
        {before === undefined ? (
          <Radio.Group label="Engine" description="Cannot be changed later" value={values.engine} onChange={(engine) => form.setFieldValue("engine", engine as Engine)}>
            <Group gap="lg" mt={6}>
              {offered.map((engine) => (
                <Radio key={engine} value={engine} label={ENGINES[engine]} />
              ))}
            </Group>
          </Radio.Group>
        ) : (
          <TextInput label="Engine" description="Cannot be changed: add another database instead" value={ENGINES[values.engine]} readOnly variant="filled" />
        )}
      </Section>
      <Section title={values.engine === "sqlite" ? "File" : isServer(values.engine) ? "Server and credentials" : "Driver and credentials"}>
        {values.engine === "sqlite" ? (
          <TextInput
            label="File"
            description="The full path, on the machine that Tributary runs on. The file is only read."
            placeholder="/var/lib/shop/shop.db"
            required
            spellCheck={false}
            {...form.getInputProps("path")}
          />
        ) : values.engine === "adbc" || values.engine === "odbc" ? (
          <>
            <DriverFields form={form} engine={values.engine} />
            <PasswordField form={form} before={before} />
          </>
        ) : (
          <ServerFields form={form} before={before} engine={values.engine} />
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
          {values.engine !== "sqlite" && (
            <Grid.Col span={{ base: 12, xs: 6 }}>
              <NumberInput label="Time limit of connecting" description="Login and session included" suffix=" s" min={0} max={300} decimalScale={3} {...form.getInputProps("connect_s")} />
            </Grid.Col>
          )}
          <Grid.Col span={{ base: 12, xs: 6 }}>
            <NumberInput
              label="Longest wait for a lock"
              description={values.engine === "mysql" ? "In whole seconds" : "For what somebody else has locked"}
              suffix=" s"
              min={0}
              max={3_600}
              decimalScale={3}
              {...form.getInputProps("lock_s")}
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

function isBuiltIn(engine: Engine): boolean {
  return engine === "sqlite" || isServer(engine);
}

interface PartProps {
  form: UseFormReturnType<Values>;
  before: Database | undefined;
}

function PasswordField({ form, before }: PartProps) {
  const { values, errors } = form;
  const kept = before?.secrets.password;
  const moved = before !== undefined && kept?.set === true && isMoved(values, before);
  const place = isServer(values.engine) ? "host, port or user" : "what the driver is told";
  return (
    <SecretField
      label="Password"
      description="Kept sealed, and never shown again"
      kept={kept ?? undefined}
      change={values.password}
      onChange={(change) => form.setFieldValue("password", change)}
      error={typeof errors.password === "string" ? errors.password : undefined}
      again={moved ? `Enter it again: ${place} changed, and the stored one is never sent to another place` : undefined}
      path="password"
    />
  );
}

function ServerFields({ form, before, engine }: PartProps & { engine: ServerEngine }) {
  const { values } = form;
  const port = PORTS[engine];
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
      <PasswordField form={form} before={before} />
      <NativeSelect label="TLS" data={TLS} {...form.getInputProps("tls")} />
      {values.tls === "disable" && (
        <Text size="sm" c="dimmed">
          Without TLS, the password and every row can be read on the way.
        </Text>
      )}
      <CertificateFields form={form} before={before} />
    </>
  );
}

/** Whom to trust, and what is shown to the server. */
function CertificateFields({ form, before }: PartProps) {
  const { values, errors } = form;
  const error = (field: string) => (typeof errors[field] === "string" ? errors[field] : undefined);
  const kept = before?.secrets.client_key;
  const moved = before !== undefined && kept?.set === true && isMoved(values, before);
  return (
    <>
      {values.tls === "verify" && (
        <PemField
          label="Certificate of the authority"
          description="Only if none that browsers trust signed the server's: your own authority, in PEM"
          path="ca_certificate"
          value={values.ca_certificate}
          error={error("ca_certificate")}
          onChange={(text) => form.setFieldValue("ca_certificate", text)}
        />
      )}
      {(values.tls === "require" || values.tls === "verify" || values.client_certificate !== "") && values.tls !== "disable" && (
        <PemField
          label="Client certificate"
          description="Only if the server asks for one: the certificate that is shown to it, in PEM"
          path="client_certificate"
          value={values.client_certificate}
          error={error("client_certificate")}
          onChange={(text) => form.setFieldValue("client_certificate", text)}
        />
      )}
      {values.tls !== "disable" && values.client_certificate.trim() !== "" && (
        <SecretField
          label="Key of the client certificate"
          path="client_key"
          multiline
          kept={kept ?? undefined}
          again={moved ? "Give it again: host, port or user changed" : undefined}
          change={values.client_key}
          onChange={(change) => form.setFieldValue("client_key", change)}
          error={error("client_key")}
        />
      )}
    </>
  );
}
