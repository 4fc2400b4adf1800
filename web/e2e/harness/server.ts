// The real binary, with a data directory of its own, on a port of its own.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../../..");

/** What is tested: what `cargo build` made. */
export const PROGRAM = process.env.TRIBUTARY_TEST_PROGRAM ?? join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "debug", "tributary");

const START_MS = 30_000;
const STOP_MS = 30_000;

export class Server {
  private constructor(
    private child: ChildProcess,
    /** `http://127.0.0.1:41234`, without a slash at its end. */
    readonly url: string,
    /** A folder of this server alone; it runs in it, and it is gone with it. */
    readonly folder: string,
    private readonly said: string[],
    private readonly again: () => Promise<Running>,
  ) {}

  /** `tributary serve`. */
  static serve(...options: string[]): Promise<Server> {
    return Server.start("serve", options, "serves http://");
  }

  /** `tributary demo`: a shop whose orders arrive in an InfluxDB. */
  static demo(...options: string[]): Promise<Server> {
    return Server.start("demo", options, "open http://");
  }

  private static async start(command: string, options: string[], announced: string): Promise<Server> {
    if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is not there: run cargo build`);
    const folder = await mkdtemp(join(tmpdir(), "tributary-e2e."));
    const args = [command, "--data-dir", join(folder, "data"), ...options];
    const said: string[] = [];
    const { child, address } = await run([...args, "--listen", "127.0.0.1:0"], folder, announced, said).catch(async (error: unknown) => {
      await rm(folder, { recursive: true, force: true });
      throw error;
    });
    const again = () => run([...args, "--listen", address], folder, announced, said);
    const server = new Server(child, `http://${address}`, folder, said, again);
    await server.ready();
    return server;
  }

  /** All that it said on standard error until now. */
  get words(): string {
    return this.said.join("");
  }

  private async ready(): Promise<void> {
    // Both commands say where they listen before they answer.
    const deadline = Date.now() + START_MS;
    while (Date.now() < deadline) {
      const answer = await fetch(`${this.url}/ready`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
      if (answer?.ok) return;
      await new Promise((wake) => setTimeout(wake, 50));
    }
    await this.stop();
    throw new Error(`the server does not get ready: ${this.words}`);
  }

  /** A SQLite file that can be read, for what needs no table of its own: what the server keeps. */
  get sqlite(): string {
    return join(this.folder, "data", "tributary.db");
  }

  /** The answer of its API; fails when that is no success. */
  async api<T = unknown>(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<T> {
    const init: RequestInit = { method };
    if (body !== undefined) Object.assign(init, { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const answer = await fetch(`${this.url}${path}`, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  /** Ends it as a person would, and removes what it kept. */
  async stop(): Promise<void> {
    await this.end();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Ends it as a person would, and keeps what it kept: it can begin again. */
  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((done) => this.child.once("exit", done));
    this.child.kill("SIGTERM");
    const late = setTimeout(() => this.child.kill("SIGKILL"), STOP_MS);
    await ended;
    clearTimeout(late);
  }

  /** After its end: begins again where it was, with what it kept. */
  async begin(): Promise<void> {
    this.child = (await this.again()).child;
    await this.ready();
  }
}

interface Running {
  child: ChildProcess;
  /** `127.0.0.1:41234` */
  address: string;
}

/** Starts it and waits until it says where it listens. */
async function run(args: string[], folder: string, announced: string, said: string[]): Promise<Running> {
  const env: NodeJS.ProcessEnv = { PATH: process.env.PATH, HOME: folder, LANG: "C.UTF-8", TRIBUTARY_CONSOLE: process.env.TRIBUTARY_CONSOLE };
  const child = spawn(PROGRAM, args, { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] });
  const before = said.length;
  const words = () => said.slice(before).join("");
  const address = await new Promise<string>((found, failed) => {
    const timer = setTimeout(() => failed(new Error(`no server after ${START_MS} ms: ${words()}`)), START_MS);
    child.on("error", failed);
    child.on("exit", (code) => failed(new Error(`the server ended with ${code}: ${words()}`)));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said.push(text);
      const line = new RegExp(`${announced}(\\S+)`).exec(words());
      if (!line?.[1]) return;
      clearTimeout(timer);
      found(line[1]);
    });
  }).catch((error: unknown) => {
    child.kill("SIGKILL");
    throw error;
  });
  return { child, address };
}
