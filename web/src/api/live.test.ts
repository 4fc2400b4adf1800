import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { chooseOrganization } from "./client";
import { live, useLost } from "./live";

/** A stream that says what a test tells it to. */
class Stream extends EventTarget {
  static all: Stream[] = [];
  closed = false;

  constructor(readonly url: string) {
    super();
    Stream.all.push(this);
  }

  close() {
    this.closed = true;
  }

  say(name: string, data: unknown) {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }));
  }

  fail() {
    this.dispatchEvent(new Event("error"));
  }
}

const open = () => Stream.all.filter(({ closed }) => !closed);
const newest = () => Stream.all[Stream.all.length - 1]!;
const HELLO = { organization: "1" };

let asked: number;
let end: () => void;
let leave: () => void;

function look(state: DocumentVisibilityState) {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(state);
  document.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(async () => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
  vi.stubGlobal("EventSource", Stream);
  Stream.all = [];
  const queries = new QueryClient();
  asked = 0;
  const queryFn = async () => ++asked;
  leave = new QueryObserver(queries, { queryKey: ["connections"], queryFn, staleTime: Number.POSITIVE_INFINITY }).subscribe(() => {});
  await vi.advanceTimersByTimeAsync(0);
  asked = 0;
  end = live(queries);
});
afterEach(() => {
  leave();
  act(end);
  chooseOrganization(null);
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("after hello everything is asked for once, then what is told", async () => {
  expect(open().map(({ url }) => url)).toEqual(["/api/v1/events"]);
  newest().say("hello", HELLO);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toBe(1);
  newest().say("changed", { noun: "database", ids: ["1"] });
  newest().say("changed", { noun: "connection", ids: ["1"] });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toBe(2);
});

test("a noun of a later version is no error", () => {
  newest().say("hello", HELLO);
  expect(() => newest().say("changed", { noun: "dashboard" })).not.toThrow();
});

test("the organization that is shown is named", () => {
  end();
  chooseOrganization("the plant");
  end = live(new QueryClient());
  expect(newest().url).toBe("/api/v1/events?organization=the%20plant");
});

test("a tab that nobody looks at has no stream, and catches up when somebody does", async () => {
  newest().say("hello", HELLO);
  await vi.advanceTimersByTimeAsync(1_000);
  look("hidden");
  expect(open()).toEqual([]);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect([asked, Stream.all.length]).toEqual([1, 1]);
  look("visible");
  newest().say("hello", HELLO);
  await vi.advanceTimersByTimeAsync(0);
  expect([asked, open().length]).toEqual([2, 1]);
});

test("a lost stream is opened again and again, and said to be lost until it is back", async () => {
  const { result } = renderHook(useLost);
  newest().say("hello", HELLO);
  act(() => newest().fail());
  await act(() => vi.advanceTimersByTimeAsync(1_500));
  expect(result.current, "a server that is restarted at once is no news").toBe(false);
  for (let at = 0; at < 20; at++) {
    if (open().length > 0) act(() => newest().fail());
    await act(() => vi.advanceTimersByTimeAsync(5_000));
  }
  expect(result.current).toBe(true);
  expect(Stream.all.length).toBeGreaterThan(8);
  expect(Stream.all.length, "less and less often").toBeLessThan(20);
  expect(open().length).toBeLessThanOrEqual(1);
  await act(() => vi.advanceTimersByTimeAsync(10_000));
  asked = 0;
  act(() => newest().say("hello", HELLO));
  await act(() => vi.advanceTimersByTimeAsync(0));
  expect([result.current, asked]).toEqual([false, 1]);
  await act(() => vi.advanceTimersByTimeAsync(60_000));
  expect(asked, "and nothing is asked for by the clock any more").toBe(1);
});

test("while the stream is lost the pages are asked for slowly", async () => {
  newest().say("hello", HELLO);
  await vi.advanceTimersByTimeAsync(1_000);
  asked = 0;
  for (let second = 0; second < 60; second++) {
    if (open().length > 0) newest().fail();
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(asked).toBeGreaterThanOrEqual(5);
  expect(asked).toBeLessThanOrEqual(7);
});

test("a stream that does not say hello is given up", async () => {
  const { result } = renderHook(useLost);
  await act(() => vi.advanceTimersByTimeAsync(10_000));
  expect(Stream.all[0]!.closed).toBe(true);
  await act(() => vi.advanceTimersByTimeAsync(2_000));
  expect([open().length, result.current]).toEqual([1, true]);
});

test("a tab that is left while the stream is lost neither asks nor complains", async () => {
  const { result } = renderHook(useLost);
  act(() => newest().fail());
  await act(() => vi.advanceTimersByTimeAsync(300));
  act(() => look("hidden"));
  await act(() => vi.advanceTimersByTimeAsync(60_000));
  expect([open().length, asked, result.current]).toEqual([0, 0, false]);
});
