// Whom a connection trusts and what it shows, in words. Only for addresses that begin with https.

import { Alert, Radio, Stack, TextInput } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { TlsValues, Trust } from "../lib/tls";
import { PemField } from "./PemField";
import { SecretField, type SecretChange } from "./SecretField";

interface Props {
  values: TlsValues;
  errors: Record<string, unknown>;
  onChange: (change: Partial<TlsValues>) => void;
  clientKey: SecretChange;
  onClientKey: (change: SecretChange) => void;
  keptKey?: { set: boolean; updated_at?: string | null } | null | undefined;
  /** Why the kept key must be given again. */
  again?: string | undefined;
}

const CHOICES: { value: Trust; label: string; description: string }[] = [
  { value: "machine", label: "The authorities that this machine trusts", description: "Right for certificates that browsers accept" },
  { value: "ca", label: "My own authority", description: "Only servers whose certificate it signed" },
  { value: "pin", label: "One certificate and no other", description: "Pinned by its SHA-256; a failed check shows it and offers to pin it" },
  { value: "anyone", label: "Anyone: do not verify", description: "Only for test servers" },
];

export function TlsFields({ values, errors, onChange, clientKey, onClientKey, keptKey, again }: Props) {
  const error = (field: string) => (typeof errors[field] === "string" ? errors[field] : undefined);
  return (
    <Stack gap="sm">
      <Radio.Group label="Whom to trust" value={values.trust} onChange={(trust) => onChange({ trust: trust as Trust })} error={error("tls")}>
        <Stack gap={6} mt={6}>
          {CHOICES.map(({ value, label, description }) => (
            <Radio key={value} value={value} label={label} description={description} {...(value === "anyone" ? { color: "red" } : {})} />
          ))}
        </Stack>
      </Radio.Group>
      {values.trust === "ca" && (
        <PemField
          label="Certificate of the authority"
          path="ca_certificate"
          value={values.ca_certificate}
          error={error("ca_certificate")}
          onChange={(text) => onChange({ ca_certificate: text })}
        />
      )}
      {values.trust === "pin" && (
        <TextInput
          label="SHA-256 of the certificate"
          description="64 hexadecimal digits; colons are fine"
          data-path="pinned_sha256"
          value={values.pinned_sha256}
          error={error("pinned_sha256")}
          onChange={(event) => onChange({ pinned_sha256: event.currentTarget.value })}
          classNames={{ input: "mono" }}
          spellCheck={false}
        />
      )}
      {values.trust === "anyone" && (
        <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title="Nobody knows who answers">
          Whoever sits between this machine and the server can read the password and change what is written. Pin the certificate instead: it
          is one click after a check.
        </Alert>
      )}
      <PemField
        label="Client certificate"
        description="Only if the server asks for one: the certificate that is shown to it, in PEM"
        path="client_certificate"
        value={values.client_certificate}
        error={error("client_certificate")}
        onChange={(text) => onChange({ client_certificate: text })}
      />
      {(values.client_certificate.trim() !== "" || keptKey?.set === true) && (
        <SecretField
          label="Key of the client certificate"
          path="client_key"
          multiline
          kept={keptKey}
          again={again}
          change={clientKey}
          onChange={onClientKey}
          error={error("client_key")}
        />
      )}
    </Stack>
  );
}
