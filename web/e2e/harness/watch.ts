// What no page may do, whatever else is tested.

import type { ConsoleMessage, Page } from "@playwright/test";

/** Collects what the page complains of and what it asks of others. */
export function watch(page: Page, origin: string): string[] {
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(`page error: ${error.stack ?? error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !isRefusal(message)) problems.push(`console error: ${message.text()} (${message.location().url})`);
  });
  page.on("request", (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    if (protocol !== "data:" && protocol !== "blob:" && asked !== origin) problems.push(`request to another origin: ${request.url()}`);
  });
  return problems;
}

/** The browser reports each refusal of the API, which the console expects and shows. */
function isRefusal(message: ConsoleMessage): boolean {
  const { url } = message.location();
  return /^Failed to load resource: the server responded with a status of 4\d\d/.test(message.text()) && /^https?:\/\/[^/]+\/api\//.test(url);
}
