// The real InfluxDB without a login behind TLS, with a certificate that nobody vouches for.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { influxDatabase } from "./real";

/** `folder` keeps the certificate and its key. */
export async function influxBehindTls(folder: string): Promise<{ url: string; database: string; stop: () => Promise<void> }> {
  const { url: influx, database } = await influxDatabase();
  const [key, cert] = [join(folder, "tls.key"), join(folder, "tls.pem")];
  const names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "90", "-keyout", key, "-out", cert, ...names], { stdio: "ignore" });
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (asked, answer) => {
    const through = request(new URL(asked.url ?? "/", influx), { method: asked.method, headers: asked.headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(answer);
    });
    through.on("error", () => answer.destroy());
    asked.pipe(through);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  const stop = () =>
    new Promise<void>((done) => {
      server.closeAllConnections();
      server.close(() => done());
    });
  return { url: `https://127.0.0.1:${port}`, database, stop };
}
