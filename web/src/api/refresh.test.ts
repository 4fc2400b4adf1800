import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PAUSE_MS, Refresher } from "./refresh";

let queries: QueryClient;
let asked: string[];
let stops: (() => void)[];

/** Something that is shown now; tells in `asked` whenever it is asked for. */
async function show(queryKey: unknown[], answer: () => Promise<unknown> = async () => 1): Promise<void> {
  const name = JSON.stringify(queryKey);
  const queryFn = () => {
    asked.push(name);
    return answer();
  };
  stops.push(new QueryObserver(queries, { queryKey, queryFn, staleTime: Number.POSITIVE_INFINITY }).subscribe(() => {}));
  await vi.advanceTimersByTimeAsync(0);
}

beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
  queries = new QueryClient();
  asked = [];
  stops = [];
});
afterEach(() => {
  for (const stop of stops) stop();
  queries.clear();
  vi.useRealTimers();
});

test("what a noun is shown in is asked for again, and nothing else", async () => {
  for (const key of [["connections"], ["connections", "shop"], ["databases"], ["palette"], ["series"]]) await show(key);
  asked.length = 0;
  new Refresher(queries).changed("connection", ["1"]);
  await vi.advanceTimersByTimeAsync(0);
  expect(asked.sort()).toEqual(['["connections","shop"]', '["connections"]', '["palette"]']);
});

test("a burst of runs is one question a second for each list", async () => {
  await show(["runs", "list", { limit: 50 }]);
  await show(["runs", "counts", 24]);
  asked.length = 0;
  const refresher = new Refresher(queries);
  for (let ms = 0; ms < 4_950; ms += 50) {
    refresher.changed("run", [String(ms)]);
    await vi.advanceTimersByTimeAsync(50);
  }
  for (const list of ['["runs","list",{"limit":50}]', '["runs","counts",24]']) expect(asked.filter((one) => one === list)).toHaveLength(5);
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  expect(asked.filter((one) => one.includes("list")), "the last of the burst is not forgotten").toHaveLength(6);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toHaveLength(12);
});

test("while an answer is on its way nothing is asked anew, and afterwards once", async () => {
  let arrive: (value: number) => void = () => {};
  const slow = vi.fn(() => new Promise<number>((done) => (arrive = done)));
  await show(["groups"], slow);
  arrive(0);
  await vi.advanceTimersByTimeAsync(0);
  const refresher = new Refresher(queries);
  refresher.changed("group");
  for (let at = 0; at < 5; at++) {
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    refresher.changed("group");
  }
  expect(slow).toHaveBeenCalledTimes(2);
  arrive(1);
  await vi.advanceTimersByTimeAsync(0);
  expect(queries.getQueryData(["groups"])).toBe(1);
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  expect(slow).toHaveBeenCalledTimes(3);
});

test("a list of runs that is scrolled back stays as it is", async () => {
  await show(["runs", "list", { limit: 50, before: "7" }]);
  asked.length = 0;
  const refresher = new Refresher(queries);
  refresher.changed("run");
  refresher.everything();
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  expect(asked).toEqual([]);
});

test("of single runs only those are asked for that were told", async () => {
  for (const id of ["1", "2", "3"]) await show(["runs", "one", id]);
  asked.length = 0;
  const refresher = new Refresher(queries);
  refresher.changed("run", ["1"]);
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toEqual(['["runs","one","1"]']);
  refresher.changed("run", ["1"]);
  refresher.changed("run", ["3"]);
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  expect(asked.slice(1)).toEqual(['["runs","one","1"]', '["runs","one","3"]']);
  refresher.changed("run");
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  expect(asked.slice(3)).toHaveLength(3);
});

test("no statement of somebody who tries something out is run again", async () => {
  const tried = [["series", "preview", {}], ["series", "1", "preview", 2, {}], ["queries", "1", "try", {}], ["groups", "forecast", {}]];
  for (const key of tried) await show(key);
  asked.length = 0;
  new Refresher(queries).everything();
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  expect(asked).toEqual([]);
});

test("a run is also asked for as a slot of its group, a group as all that is shown of it", async () => {
  for (const key of [["groups"], ["groups", "1"], ["groups", "1", "next", 5], ["groups", "1", "slots", 8]]) await show(key);
  asked.length = 0;
  const refresher = new Refresher(queries);
  refresher.changed("run", ["9"]);
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toEqual(['["groups","1","slots",8]']);
  refresher.changed("group", ["1"]);
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toHaveLength(5);
});

test("the order of series is not asked for while it is being changed", async () => {
  await show(["series"]);
  asked.length = 0;
  let done: () => void = () => {};
  const mutation = queries.getMutationCache().build(queries, {
    mutationKey: ["members", "1"],
    mutationFn: () => new Promise<void>((saved) => (done = saved)),
  });
  const saving = mutation.execute(undefined);
  await vi.advanceTimersByTimeAsync(0);
  new Refresher(queries).changed("series");
  await vi.advanceTimersByTimeAsync(3 * PAUSE_MS);
  expect(asked).toEqual([]);
  done();
  await saving;
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  expect(asked).toEqual(['["series"]']);
});

test("what is still to be asked for is forgotten when nobody looks any more", async () => {
  await show(["files"]);
  asked.length = 0;
  const refresher = new Refresher(queries);
  refresher.changed("file");
  await vi.advanceTimersByTimeAsync(0);
  refresher.changed("file");
  refresher.stop();
  await vi.advanceTimersByTimeAsync(10 * PAUSE_MS);
  expect(asked).toEqual(['["files"]']);
});
