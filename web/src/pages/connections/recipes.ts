// The connection for a script or for git. Pure; a secret stands as the name of a variable, never as it is.

import type { Connection } from "../../api/connections";
import { command, curl, Variable } from "../../lib/recipes";
import type { Recipe } from "../../ui/CopyAs";
import { newBody, type Secret, secretsOf, type Values } from "./draft";

const VARIABLES: Record<Secret, string> = {
  password: "INFLUX_PASSWORD",
  shared_secret: "INFLUX_SHARED_SECRET",
  token: "INFLUX_TOKEN",
  management_token: "INFLUX_MANAGEMENT_TOKEN",
  client_key: "INFLUX_CLIENT_KEY",
};

/** Chronograf's words for what the connection speaks to. */
const TYPES = {
  oss: "influx",
  enterprise: "influx-enterprise",
  relay: "influx-relay",
  v2: "influx-v2",
} as const;

/** As it stands in the form; `before` says which secrets are kept. */
export function recipesOf(values: Values, before?: Connection): Recipe[] {
  const set = secretsOf(values).filter((field) => {
    const change = values[field];
    return change === undefined || change === "" ? before?.secrets[field]?.set === true : change !== null;
  });
  const name = values.name.trim() || "NAME";
  const secrets = Object.fromEntries(set.map((field) => [field, new Variable(VARIABLES[field])]));
  const recipes: Recipe[] = [
    { label: "curl", text: curl("POST", "/connections", { ...newBody({ ...values, name }), secrets }) },
    { label: "Command line", text: commandOf(values, name, set) },
  ];
  const file = fileOf(values, name, set, before?.number);
  if (file !== undefined) recipes.push({ label: "File", text: file });
  return recipes;
}

function commandOf(values: Values, name: string, set: Secret[]): string {
  const body = newBody({ ...values, name }) as Record<string, string | undefined>;
  const { driver } = values;
  const usual = (value: unknown, ordinary: unknown) => (value === ordinary ? undefined : String(value));
  const login = set.find((field) => field === "password" || field === "token");
  const text = command(
    ["connection", "create", name],
    [
      ["driver", driver],
      ["url", body.url],
      ["folder", body.folder],
      ["database", body.database],
      ["username", body.username],
      ["retention-policy", body.retention_policy],
      ["influx-organization", body.organization],
      ["bucket", body.bucket],
      ["edition", usual(body.edition?.replaceAll("_", "-"), driver === "v1" ? "oss" : "core")?.replace("undefined", "")],
      ["meta-url", body.meta_url],
      ["cluster-id", body.cluster_id],
      ["account-id", body.account_id],
      ["telegraf-database", usual(body.telegraf_database ?? "telegraf", "telegraf")],
      ["timeout", usual(`${Number(values.timeout_s)}s`, "30s")],
      ["gzip", usual(values.gzip, "auto")],
      ["batch-lines", usual(values.batch_lines, 10_000)],
      ["in-flight", usual(values.in_flight, 4)],
      ["ca-certificate", values.trust === "ca" ? "ca.pem" : undefined],
      ["pin", values.trust === "pin" ? values.pinned_sha256 : undefined],
      ["client-certificate", values.client_certificate.trim() === "" ? undefined : "client.pem"],
      ["client-key-file", set.includes("client_key") ? "client.key" : undefined],
      ["shared-secret-file", set.includes("shared_secret") ? "shared-secret" : undefined],
      ["management-token-file", set.includes("management_token") ? "management-token" : undefined],
      ["notes", values.notes],
    ],
    login === undefined ? "" : `TRIBUTARY_CONNECTION_SECRET="$${VARIABLES[login]}" `,
  );
  const flags = [values.trust === "anyone" ? "--insecure-skip-verify" : "", values.default ? "--default" : ""].filter((flag) => flag !== "");
  return [text, ...flags].join(" ");
}

/** A `.src` file; a folder has none. */
function fileOf(values: Values, name: string, set: Secret[], number: number | null | undefined): string | undefined {
  const template = (field: Secret) => (set.includes(field) ? `{{ .${VARIABLES[field]} }}` : undefined);
  const shared = {
    id: String(number ?? 10_000),
    name,
    url: values.url.trim(),
    insecureSkipVerify: values.trust === "anyone",
    default: values.default,
    telegraf: values.telegraf_database.trim() || "telegraf",
  };
  const other = (database: string) => (database.trim() === shared.telegraf ? undefined : database.trim());
  const text = (value: string) => value.trim() || undefined;
  const json = (own: object) => `${JSON.stringify({ ...shared, ...own }, undefined, 2)}\n`;
  switch (values.driver) {
    case "v1":
      return json({
        type: TYPES[values.v1_edition],
        username: text(values.username),
        password: template("password"),
        sharedSecret: template("shared_secret"),
        defaultRP: text(values.retention_policy),
        defaultDB: other(values.database),
        metaUrl: values.v1_edition === "enterprise" ? text(values.meta_url) : undefined,
      });
    case "v2":
      return json({ type: TYPES.v2, username: values.organization.trim(), password: template("token"), defaultDB: other(values.bucket) });
    case "v3":
      return json({
        type: values.edition === "cloud_serverless" ? "influx-v3-serverless" : `influx-v3-${values.edition.replaceAll("_", "-")}`,
        databaseToken: template("token"),
        managementToken: template("management_token"),
        clusterId: text(values.cluster_id),
        accountId: text(values.account_id),
        defaultDB: other(values.database),
      });
    case "file":
      return undefined;
  }
}
