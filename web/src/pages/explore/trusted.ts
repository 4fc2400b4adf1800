// Queries by hand that were run here. A link may bring any text: one that this tab has not run waits for a person to read it.

import { create } from "../../ui/store";

const KEY = "tributary-explored";
const MOST = 50;

function kept(): string[] {
  try {
    const read: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return Array.isArray(read) ? read.filter((text) => typeof text === "string") : [];
  } catch {
    return [];
  }
}

export const trusted = create<readonly string[]>(kept());

/** Takes a text for one that a person wants to be run, until the tab is closed. */
export function trust(text: string): void {
  trusted.set((before) => [text, ...before.filter((one) => one !== text)].slice(0, MOST));
  sessionStorage.setItem(KEY, JSON.stringify(trusted.get()));
}
