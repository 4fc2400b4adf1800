import { MantineProvider } from "@mantine/core";
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { type Bar, Sparkline } from "./Sparkline";

beforeAll(() => {
  // What Mantine asks of a browser and jsdom does not know.
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: () => {}, removeEventListener: () => {} }));
});
afterEach(cleanup);

const bar = (id: string): Bar => ({ id, value: 1, label: `run ${id}`, look: "full" });
const drawn = (ids: string[], onOpen: (id: string) => void) => (
  <MantineProvider>
    <Sparkline label="Rows" bars={ids.map(bar)} onOpen={onOpen} />
  </MantineProvider>
);

test("the focus stays with its bar when an older one goes and a newer one comes", async () => {
  const opened = vi.fn();
  const { rerender } = render(drawn(["1", "2", "3"], opened));
  await userEvent.tab();
  await userEvent.keyboard("{ArrowLeft}");
  const focused = screen.getByRole("link", { name: "run 2" });
  expect(document.activeElement).toBe(focused);
  rerender(drawn(["2", "3", "4"], opened));
  expect(document.activeElement).toBe(focused);
  expect(focused.getAttribute("tabindex")).toBe("0");
  await userEvent.keyboard("{Enter}");
  expect(opened).toHaveBeenCalledExactlyOnceWith("2");
});

test("the newest bar is the one stop of Tab until another is chosen", () => {
  const { rerender } = render(drawn(["1", "2"], () => {}));
  rerender(drawn(["1", "2", "3"], () => {}));
  expect(screen.getAllByRole("link").map((link) => link.getAttribute("tabindex"))).toEqual(["-1", "-1", "0"]);
});
