import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import { type Connection, EDITIONS, placeOf, V1_EDITIONS } from "../../api/connections";
import { count, duration } from "../../lib/format";
import { When } from "../../ui/When";
import { type Secret, SECRETS } from "./draft";

const SECRET_NAMES: Record<Secret, string> = {
  password: "Password",
  shared_secret: "Shared secret",
  token: "Token",
  management_token: "Management token",
  client_key: "Key of the client certificate",
};

/** What is known of a connection, in the words of its form. */
export function factsOf(connection: Connection): [string, ReactNode][] {
  const text = (value: string | null | undefined) => value ?? undefined;
  const facts: [string, ReactNode | undefined][] = [
    [connection.driver === "file" ? "Folder" : "URL", <span className="mono wrap">{placeOf(connection)}</span>],
    ...own(connection),
    ...SECRETS.map((field): [string, ReactNode | undefined] => {
      const state = connection.secrets[field];
      if (state == null || !state.set) return [SECRET_NAMES[field], undefined];
      return [SECRET_NAMES[field], <>Set {state.updated_at != null && <When at={state.updated_at} />}</>];
    }),
    ["Telegraf database", text(connection.telegraf_database)],
    ["Trusted", connection.driver !== "file" && connection.url.startsWith("https:") ? trusted(connection) : undefined],
    ["Time limit", duration(connection.timeout_ms ?? 30_000)],
    ["Compression", connection.driver === "file" ? undefined : { auto: "Automatic", on: "Always", off: "Never" }[connection.gzip ?? "auto"]],
    ["Batches", `${count(connection.batch_lines ?? 10_000)} lines, ${count(connection.in_flight ?? 4)} at once`],
    ["Number", connection.number == null ? undefined : String(connection.number)],
    ["Notes", connection.notes ? <Text size="sm" style={{ whiteSpace: "pre-wrap" }} className="wrap">{connection.notes}</Text> : undefined],
    ["Changed", <When at={connection.updated_at} />],
  ];
  return facts.filter((fact): fact is [string, ReactNode] => fact[1] !== undefined);
}

function own(connection: Connection): [string, ReactNode | undefined][] {
  switch (connection.driver) {
    case "v1":
      return [
        ["Database", connection.database],
        ["Default retention policy", connection.retention_policy ?? "autogen"],
        ["Username", connection.username ?? "None"],
        ["Edition of InfluxDB 1", connection.edition === "oss" ? undefined : V1_EDITIONS[connection.edition ?? "oss"]],
        ["Meta URL", connection.meta_url ?? undefined],
      ];
    case "v2":
      return [["Organization", connection.organization], ["Bucket", connection.bucket]];
    case "v3":
      return [
        ["Edition", EDITIONS[connection.edition ?? "core"]],
        ["Database", connection.database],
        ["Cluster id", connection.cluster_id ?? undefined],
        ["Account id", connection.account_id ?? undefined],
      ];
    case "file":
      return [];
  }
}

function trusted({ insecure_skip_verify: anyone, tls }: Connection): ReactNode {
  if (anyone === true) return "Anyone: certificates are not verified";
  if (tls?.pinned_sha256 != null) return <span className="mono wrap">The certificate {tls.pinned_sha256}</span>;
  return tls?.ca_certificate != null ? "Its own authority" : "The authorities of the machine";
}
