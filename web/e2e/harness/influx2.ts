// An InfluxDB 2 that answers as a real one of 2.7.4 does to what a check asks.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Influx2 {
  url: string;
  stop: () => Promise<void>;
}

/** With one bucket of one organization, which one token may write to. */
export async function influx2({ organization, bucket, token }: { organization: string; bucket: string; token: string }): Promise<Influx2> {
  const server = createServer((asked, answer) => {
    asked.resume();
    const { pathname, searchParams } = new URL(asked.url ?? "/", "http://influx");
    const say = (status: number, body?: unknown) => {
      answer.writeHead(status, { "X-Influxdb-Version": "v2.7.4", "X-Influxdb-Build": "OSS", ...(body === undefined ? {} : { "Content-Type": "application/json; charset=utf-8" }) });
      answer.end(body === undefined ? undefined : JSON.stringify(body));
    };
    if (pathname === "/ping") return say(204);
    if (pathname === "/health") return say(200, { name: "influxdb", message: "ready for queries and writes", status: "pass", checks: [], version: "v2.7.4", commit: "e2e" });
    if (asked.headers.authorization !== `Token ${token}`) return say(401, { code: "unauthorized", message: "unauthorized access" });
    if (pathname === "/api/v2/buckets") return say(200, { buckets: [{ id: "0000000000000001", name: bucket }] });
    if (pathname === "/api/v2/orgs") return say(200, { orgs: [{ id: "0000000000000002", name: organization }] });
    if (pathname === "/api/v2/write") {
      const [org, to] = [searchParams.get("org") ?? "", searchParams.get("bucket") ?? ""];
      if (org !== organization) return say(404, { code: "not found", message: `organization name "${org}" not found` });
      if (to !== bucket) return say(404, { code: "not found", message: `bucket "${to}" not found` });
      return say(204);
    }
    say(404, { code: "not found", message: "path not found" });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  const stop = () =>
    new Promise<void>((done) => {
      server.closeAllConnections();
      server.close(() => done());
    });
  return { url: `http://127.0.0.1:${port}`, stop };
}
