// The real databases and InfluxDB that `dev/servers` started.

import { randomBytes } from "node:crypto";

function variable(name: string): string {
  const value = process.env[`TRIBUTARY_TEST_${name}`];
  if (!value) throw new Error(`TRIBUTARY_TEST_${name} is not set: run this as \`dev/servers run npx playwright test\``);
  return value;
}

/** Where they are, and how to log in. */
export const real = {
  postgres: () => variable("POSTGRES_URL"),
  mysql: () => variable("MYSQL_URL"),
  /** Without a login. */
  influx: () => variable("INFLUX_URL"),
  influxWithLogin: () => ({ url: variable("INFLUX_AUTH_URL"), username: variable("INFLUX_AUTH_USER"), password: variable("INFLUX_AUTH_PASSWORD") }),
};

/** A new, empty database in the InfluxDB without a login. */
export async function influxDatabase(): Promise<{ url: string; database: string }> {
  const database = `e2e_${randomBytes(6).toString("hex")}`;
  await influxQuery(`CREATE DATABASE "${database}"`);
  return { url: real.influx(), database };
}

/** What the InfluxDB without a login answers: the values of its first series, or nothing. */
export async function influxQuery(query: string, database = ""): Promise<unknown[][]> {
  const body = new URLSearchParams({ q: query, db: database });
  const answer = await fetch(`${real.influx()}/query`, { method: "POST", body });
  const json = (await answer.json()) as { error?: string; results?: { error?: string; series?: { values: unknown[][] }[] }[] };
  const error = json.error ?? json.results?.[0]?.error;
  if (error !== undefined) throw new Error(`${query}: ${error}`);
  return json.results?.[0]?.series?.[0]?.values ?? [];
}

/** Writes lines of line protocol to it. */
export async function influxWrite(database: string, lines: string): Promise<void> {
  const answer = await fetch(`${real.influx()}/write?db=${database}`, { method: "POST", body: lines });
  if (!answer.ok) throw new Error(`writing: ${answer.status} ${await answer.text()}`);
}
