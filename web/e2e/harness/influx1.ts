// An InfluxDB 1 that a test makes go away, refuse some lines, and take everything again.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Influx1 {
  url: string;
  /** All that it took, request by request. */
  taken: string[];
  /** `away`: it answers nothing but 503. A pattern: it refuses lines that have it, as a field of another type. Nothing: it takes all. */
  become: (mood: "away" | RegExp | undefined) => void;
  stop: () => Promise<void>;
}

export async function influx1(first: "away" | RegExp | undefined): Promise<Influx1> {
  let mood = first;
  const taken: string[] = [];
  const listener = createServer((request, answer) => {
    let body = "";
    const head = { "X-Influxdb-Version": "1.6.7", "X-Influxdb-Build": "OSS" };
    request.setEncoding("utf8").on("data", (part: string) => (body += part)).on("end", () => {
      const say = (status: number, json: unknown) => answer.writeHead(status, { ...head, "Content-Type": "application/json" }).end(JSON.stringify(json));
      if (mood === "away") say(503, { error: "engine is closed" });
      else if (request.url?.startsWith("/query") === true) say(200, { results: [{ statement_id: 0 }] });
      else if (request.url?.startsWith("/write") !== true) answer.writeHead(204, head).end();
      else {
        const lines = body.split("\n").filter((line) => line !== "");
        const pattern = mood;
        const bad = pattern === undefined ? [] : lines.filter((line) => pattern.test(line));
        taken.push(...lines.filter((line) => !bad.includes(line)));
        if (bad.length === 0) answer.writeHead(204, head).end();
        else say(400, { error: `partial write: field type conflict: input field "pieces" on measurement "sales" is type integer, already exists as type float dropped=${bad.length}` });
      }
    });
  });
  await new Promise<void>((open) => listener.listen(0, "127.0.0.1", open));
  const { port } = listener.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    taken,
    become: (next) => {
      mood = next;
    },
    stop: () =>
      new Promise((closed) => {
        listener.closeAllConnections();
        listener.close(() => closed());
      }),
  };
}
