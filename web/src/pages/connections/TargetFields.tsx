// The credentials, which differ by driver.

import { NativeSelect, SimpleGrid, Stack, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { type Connection, EDITIONS } from "../../api/connections";
import { SecretField } from "../../ui/SecretField";
import { isManaged, type Secret, type Values } from "./draft";
import { UrlField } from "./UrlField";

export type Form = UseFormReturnType<Values>;

interface Props {
  form: Form;
  before: Connection | undefined;
  /** Why kept secrets must be given again. */
  again: string | undefined;
  onChoose?: (change: Pick<Values, "driver"> & Partial<Values>) => void;
}

export function TargetFields({ form, before, again, onChoose }: Props) {
  const { values } = form;
  if (values.driver === "file") {
    return (
      <TextInput
        label="Folder"
        description="On the machine that Tributary runs on, from the root. It receives files of line protocol."
        placeholder="/var/lib/lines"
        required
        spellCheck={false}
        {...form.getInputProps("folder")}
      />
    );
  }
  return (
    <Stack gap="sm">
      <UrlField
        values={values}
        error={errorOf(form, "url")}
        onChange={(url) => form.setFieldValue("url", url)}
        {...(onChoose ? { onChoose } : {})}
      />
      {values.driver === "v1" && <V1 form={form} before={before} again={again} />}
      {values.driver === "v2" && <V2 form={form} before={before} again={again} />}
      {values.driver === "v3" && <V3 form={form} before={before} again={again} />}
    </Stack>
  );
}

type Fields = Omit<Props, "onChoose">;

function V1({ form, before, again }: Fields) {
  return (
    <>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TextInput label="Database" required spellCheck={false} {...form.getInputProps("database")} />
        <TextInput label="Default retention policy" placeholder="autogen" spellCheck={false} {...form.getInputProps("retention_policy")} />
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TextInput label="Username" description="Only if the server asks for a login" autoComplete="off" spellCheck={false} {...form.getInputProps("username")} />
        <SecretOf form={form} before={before} again={again} field="password" label="Password" description="Kept sealed, and never shown again" />
      </SimpleGrid>
      <TextInput
        label="Telegraf database"
        description="Where Telegraf writes to on that server"
        placeholder="telegraf"
        spellCheck={false}
        {...form.getInputProps("telegraf_database")}
      />
    </>
  );
}

function V2({ form, before, again }: Fields) {
  return (
    <>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TextInput label="Organization" description="By name or id" required spellCheck={false} {...form.getInputProps("organization")} />
        <TextInput label="Bucket" description="By name or id" required spellCheck={false} {...form.getInputProps("bucket")} />
      </SimpleGrid>
      <SecretOf form={form} before={before} again={again} field="token" label="API token" description="One that may write to the bucket is enough" />
    </>
  );
}

function V3({ form, before, again }: Fields) {
  const managed = isManaged(form.values.edition);
  return (
    <>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <NativeSelect
          label="Edition"
          data={Object.entries(EDITIONS).map(([value, label]) => ({ value, label }))}
          {...form.getInputProps("edition")}
        />
        <TextInput label="Database" description="It must exist" required spellCheck={false} {...form.getInputProps("database")} />
      </SimpleGrid>
      <SecretOf form={form} before={before} again={again} field="token" label="Token" description="Kept sealed, and never shown again" />
      {managed && (
        <>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TextInput label="Cluster id" description="A UUID, kept for reference" spellCheck={false} {...form.getInputProps("cluster_id")} />
            <TextInput label="Account id" description="A UUID, kept for reference" spellCheck={false} {...form.getInputProps("account_id")} />
          </SimpleGrid>
          <SecretOf form={form} before={before} again={again} field="management_token" label="Management token" />
        </>
      )}
    </>
  );
}

interface SecretProps extends Fields {
  field: Secret;
  label: string;
  description?: string;
}

export function SecretOf({ form, before, again, field, label, description }: SecretProps) {
  return (
    <SecretField
      label={label}
      path={field}
      kept={before?.secrets[field]}
      again={before?.secrets[field]?.set === true ? again : undefined}
      change={form.values[field]}
      onChange={(change) => {
        form.setFieldValue(field, change);
        form.clearFieldError(field);
      }}
      error={errorOf(form, field)}
      description={description}
    />
  );
}

export function errorOf(form: Form, field: string): string | undefined {
  const error = form.errors[field];
  return typeof error === "string" ? error : undefined;
}
