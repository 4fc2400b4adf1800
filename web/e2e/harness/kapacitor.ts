// The scripted Kapacitor of the Rust tests (crates/influx/tests/servers/kapacitor), as a process of its own: it answers as the real ones were
// recorded, and sends nothing.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const ROOT = resolve(import.meta.dirname, "../../..");

/** What `cargo build --examples` made. */
const PROGRAM = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "debug", "examples", "kapacitor");

interface Options {
  /** Which one, `1.5.6` unless told otherwise. */
  version?: string;
  /** It asks for a login and takes this password only, of the user `ops`, as those from 1.6 on do. */
  password?: string;
}

/** What a service test sent. */
export interface Sent {
  service: string;
  /** Which element, in a section that is a list. */
  element: string;
  recipients: string[];
  /** The options of the test. */
  test: Record<string, unknown>;
  /** What the service ran with, secrets too. */
  running: Record<string, unknown>;
}

export interface Kapacitor {
  url: string;
  stop: () => Promise<void>;
  /** What service tests sent until now. */
  sent: () => Promise<Sent[]>;
  /** What the elements of a section run with, secrets too. */
  runs: (section: string) => Promise<Record<string, unknown>[]>;
  /** Its own file has these options. */
  file: (section: string, options: Record<string, unknown>) => Promise<void>;
  /** It has a task: one that executes, or that is `disabled`, or that is enabled and does not execute for the reason that is given. */
  task: (id: string, type: "stream" | "batch", database: string, policy: string, state?: string) => Promise<void>;
  /** Nobody listens at addresses that begin so. */
  refuses: (address: string) => Promise<void>;
  /** What listens there answers so. */
  says: (address: string, status: number, text: string) => Promise<void>;
}

export async function kapacitor({ version, password }: Options = {}): Promise<Kapacitor> {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is not there: run cargo build --bins --examples`);
  const login = password === undefined ? [] : [`ops:${password}`];
  const child = spawn(PROGRAM, [version ?? (password === undefined ? "1.5.6" : "1.6.5"), ...login], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<void>((done) => child.once("exit", () => done()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error("the scripted Kapacitor has ended");
    return value;
  };
  // One after another, so that each gets the answer to its own wish.
  let before: Promise<unknown> = Promise.resolve();
  const wish = <T>(...words: string[]): Promise<T> => {
    const answer = before.then(async () => {
      child.stdin.write(`${words.join(" ")}\n`);
      const said = JSON.parse(await line()) as T & { error?: string };
      if (said?.error !== undefined) throw new Error(said.error);
      return said;
    });
    before = answer.catch(() => undefined);
    return answer;
  };
  return {
    url: await line(),
    stop: async () => {
      child.stdin.end();
      await ended;
    },
    sent: () => wish("sent"),
    runs: (section) => wish("runs", section),
    file: (section, options) => wish("file", section, JSON.stringify(options)),
    task: (id, type, database, policy, state = "") => wish("task", id, type, database, policy, ...(state === "" ? [] : [state])),
    refuses: (address) => wish("refuses", address),
    says: (address, status, text) => wish("says", address, String(status), text),
  };
}
