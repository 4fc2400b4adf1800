// Keys that work on every page: Ctrl+K for the palette, `g` and a letter to go to a page, `/` for the page's search field.

import { useHotkeys } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import type { Page } from "../routes";

/** How long after `g` the second key is still taken as one. */
const PAIR_MS = 1_000;

export function useShortcuts(pages: Page[], openPalette: () => void): void {
  const navigate = useNavigate();
  const pressed = useRef(0);
  useHotkeys([
    ["mod+K", openPalette],
    ["/", () => document.querySelector<HTMLInputElement>("[data-search]")?.focus()],
  ]);
  useEffect(() => {
    function listen(event: KeyboardEvent) {
      const at = event.target;
      const typing = at instanceof HTMLElement && (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName));
      if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "g") {
        pressed.current = event.timeStamp;
        return;
      }
      const page = pages.find((one) => one.key === event.key);
      if (page && event.timeStamp - pressed.current < PAIR_MS) {
        event.preventDefault();
        void navigate({ to: page.path });
      }
      pressed.current = 0;
    }
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [navigate, pages]);
}
