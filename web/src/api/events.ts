// Server-sent events of a request with a body, which the browser's own EventSource cannot make.

import { organizationHeader, Refusal, Unreachable } from "./client";

/** One event: its name and its data, read as JSON. */
export interface ServerEvent {
  name: string;
  data: unknown;
}

/** Sends a request and hands on each event as it arrives. Throws what a refusal says when the server refuses before the first. */
export async function* events(
  method: "POST" | "PATCH",
  path: string,
  body: unknown,
  options: { signal?: AbortSignal; headers?: Record<string, string> } = {},
): AsyncGenerator<ServerEvent> {
  const init: RequestInit = {
    method,
    headers: { Accept: "text/event-stream", "Content-Type": "application/json", ...organizationHeader(), ...options.headers },
    body: JSON.stringify(body),
  };
  if (options.signal) init.signal = options.signal;
  const response = await fetch(path, init).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Unreachable();
  });
  if (!response.ok) throw new Refusal(response.status, await response.json().catch(() => undefined));
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += value;
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const event = parsed(block);
      if (event) yield event;
    }
  }
}

function parsed(block: string): ServerEvent | undefined {
  let name = "message";
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const at = line.indexOf(":");
    if (at <= 0) continue;
    const field = line.slice(0, at);
    const value = line.slice(at + 1).replace(/^ /, "");
    if (field === "event") name = value;
    if (field === "data") data.push(value);
  }
  return data.length > 0 ? { name, data: JSON.parse(data.join("\n")) as unknown } : undefined;
}
