// A Kapacitor that answers as a real one of 1.5.3 does to what a check asks.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

interface Options {
  /** It asks for a login and takes this password only, as those from 1.6 on do. */
  password?: string;
}

export async function kapacitor({ password }: Options = {}): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = createServer((asked, answer) => {
    asked.resume();
    const path = new URL(asked.url ?? "/", "http://kapacitor").pathname;
    const say = (status: number, body?: unknown) => {
      answer.writeHead(status, { "X-Kapacitor-Version": "1.5.3", "Request-Id": "e2e", ...(body === undefined ? {} : { "Content-Type": "application/json" }) });
      answer.end(body === undefined ? undefined : JSON.stringify(body));
    };
    const [, given] = /^Basic (.+)$/.exec(asked.headers.authorization ?? "") ?? [];
    if (password !== undefined && path.startsWith("/kapacitor/v1/")) {
      if (given === undefined) return say(401, { error: "unable to parse authentication credentials" });
      if (Buffer.from(given, "base64").toString().split(":")[1] !== password) return say(401, { error: "authorization failed" });
    }
    if (path === "/kapacitor/v1/ping") return say(204);
    if (path === "/kapacitor/v1/config") return say(200, { link: { rel: "self", href: "/kapacitor/v1/config" }, sections: {} });
    say(404, { error: "Not Found" });
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
