// What jsdom lacks and Mantine asks for.
import { vi } from "vitest";

Object.defineProperty(window, "matchMedia", {
  writable: true,
  value: vi.fn().mockImplementation((query: string) => ({
    matches: false,
    media: query,
    onchange: null,
    addEventListener: vi.fn(),
    removeEventListener: vi.fn(),
    dispatchEvent: vi.fn(),
  })),
});

class Watcher {
  observe() {}
  unobserve() {}
  disconnect() {}
}
window.ResizeObserver = Watcher;
