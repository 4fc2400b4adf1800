// What was pasted, as values of the form and as words. Pure.

import { DRIVERS, EDITIONS } from "../../api/connections";
import type { PastedConnection } from "../../lib/pasted";
import { blank, type Values } from "./draft";

/** The form as the text says; what it does not say is as usual. The name and the notes that somebody gave stay; `isNamed` says whether one did. */
export function valuesOfPasted(pasted: PastedConnection, current: Values, isNamed = current.name.trim() !== ""): Values {
  const usual = blank();
  return {
    ...usual,
    name: isNamed ? current.name : pasted.name,
    notes: current.notes,
    default: current.default,
    driver: pasted.driver,
    url: withoutSlash(pasted.url),
    database: pasted.database ?? usual.database,
    username: pasted.username ?? "",
    retention_policy: pasted.retention_policy ?? "",
    v1_edition: pasted.v1_edition ?? "oss",
    meta_url: pasted.meta_url ?? "",
    organization: pasted.organization ?? "",
    bucket: pasted.bucket ?? "",
    edition: pasted.edition ?? "core",
    cluster_id: pasted.cluster_id ?? "",
    account_id: pasted.account_id ?? "",
    telegraf_database: pasted.telegraf_database ?? usual.telegraf_database,
    timeout_s: pasted.timeout_ms === undefined ? usual.timeout_s : pasted.timeout_ms / 1_000,
    gzip: pasted.gzip ?? "auto",
    trust: pasted.skip_verify ? "anyone" : "machine",
    password: pasted.password,
    shared_secret: pasted.shared_secret,
    token: pasted.token,
    management_token: pasted.management_token,
  };
}

/** What was taken, in the words of the form; secrets are said to be there and not shown. */
export function takenOf(pasted: PastedConnection): { label: string; value: string }[] {
  const hidden = "taken, not shown";
  const given: [string, string | undefined][] = [
    ["Name", pasted.name],
    ["Driver", DRIVERS[pasted.driver]],
    ["Edition", pasted.driver === "v3" ? pasted.edition && EDITIONS[pasted.edition] : undefined],
    ["URL", withoutSlash(pasted.url)],
    ["Database", pasted.database],
    ["Retention policy", pasted.retention_policy],
    ["Organization", pasted.organization || undefined],
    ["Bucket", pasted.bucket],
    ["Username", pasted.username],
    ["Password", pasted.password && hidden],
    ["Shared secret", pasted.shared_secret && hidden],
    ["API token", pasted.token && hidden],
    ["Management token", pasted.management_token && hidden],
    ["Time limit", pasted.timeout_ms === undefined ? undefined : `${pasted.timeout_ms / 1_000} s`],
    ["Compression", pasted.gzip],
    ["Certificates", pasted.skip_verify ? "not verified" : undefined],
  ];
  return given.flatMap(([label, value]) => (value === undefined || value === "" ? [] : [{ label, value }]));
}

function withoutSlash(url: string): string {
  return url.replace(/^(\w+:\/\/[^/]+)\/$/, "$1");
}
