// The keys that work on every page. What a page can do by one key says so itself: its button or link carries `aria-keyshortcuts`, which is all that
// makes the key work.

import { useLocalStorage } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import type { Page } from "../routes";

/** How long after `g` the second key is still taken as one. */
const PAIR_MS = 1_000;

/** Keys that a page gives to what it can do. */
const OF_PAGES = ["e", "r"];

/** Whether keys without Ctrl do anything. Those who speak to their computer, or rest a hand on it, turn them off. */
export function useSingleKeys() {
  return useLocalStorage({ key: "tributary-single-keys", defaultValue: true, getInitialValueInEffect: false });
}

export function useShortcuts(pages: Page[], openPalette: () => void, openKeys: () => void): void {
  const navigate = useNavigate();
  const pressed = useRef<number>(undefined);
  const [isOn] = useSingleKeys();
  useEffect(() => {
    function listen(event: KeyboardEvent) {
      if (event.defaultPrevented || event.altKey || isTyping(event.target)) return;
      if (event.ctrlKey || event.metaKey) {
        if (event.key.toLowerCase() !== "k") return;
        event.preventDefault();
        openPalette();
        return;
      }
      if (!isOn || document.querySelector("[role=dialog], [role=menu], [role=alertdialog]") !== null) return;
      const isPair = pressed.current !== undefined && event.timeStamp - pressed.current < PAIR_MS;
      pressed.current = event.key === "g" && !isPair ? event.timeStamp : undefined;
      const page = isPair ? pages.find((one) => one.key === event.key) : undefined;
      const done = page ? (void navigate({ to: page.path }), true) : isPair || event.repeat ? moved(event.key) : (moved(event.key) || acted(event.key, openKeys));
      if (done) event.preventDefault();
    }
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [navigate, pages, openPalette, openKeys, isOn]);
}

function isTyping(at: EventTarget | null): boolean {
  return at instanceof HTMLElement && (at.isContentEditable || at.closest("input:not([type=checkbox], [type=radio]), textarea, select, [role=listbox], [role=combobox]") !== null);
}

/** What the page that is shown can do by a key, and what it calls it. */
export function actionsOfPage(): { key: string; label: string; run: () => void }[] {
  return OF_PAGES.flatMap((key) => {
    const what = document.querySelector<HTMLElement>(`main [aria-keyshortcuts="${key}"]`);
    if (what === null || what.matches(":disabled, [data-disabled]")) return [];
    return [{ key, label: what.getAttribute("aria-label") ?? what.textContent?.trim() ?? key, run: () => what.click() }];
  });
}

function acted(key: string, openKeys: () => void): boolean {
  if (key === "?") {
    openKeys();
    return true;
  }
  if (key === "/") {
    const search = document.querySelector<HTMLInputElement>("[data-search]");
    search?.focus();
    return search !== null;
  }
  const action = actionsOfPage().find((one) => one.key === key);
  action?.run();
  return action !== undefined;
}

/** `j` and `k` go from row to row of a list; Enter opens the row, because its link has the focus. */
function moved(key: string): boolean {
  if (key !== "j" && key !== "k") return false;
  const rows = [...document.querySelectorAll<HTMLElement>("main [data-opens]")].filter((row) => row.querySelector("a[href]") !== null);
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[at === -1 ? 0 : key === "j" ? Math.min(at + 1, rows.length - 1) : Math.max(at - 1, 0)];
  next?.querySelector<HTMLElement>("a[href]")?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return next !== undefined;
}
