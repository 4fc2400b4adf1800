import { expect, test } from "vitest";
import { afterPress } from "./press";

const point = (type: string) => window.dispatchEvent(new Event(type));
const turn = () => new Promise((done) => setTimeout(done, 0));

test("what may move the page is done at once, but in the middle of a press after its click", async () => {
  const done: string[] = [];
  afterPress(() => done.push("before"));
  expect(done).toEqual(["before"]);

  point("pointerdown");
  afterPress(() => done.push("first"));
  afterPress(() => done.push("second"));
  await turn();
  expect(done).toEqual(["before"]);
  point("pointerup");
  done.push("click");
  await turn();
  expect(done).toEqual(["before", "click", "first", "second"]);

  afterPress(() => done.push("after"));
  expect(done.at(-1)).toBe("after");
});

test("a press that the browser takes over, as for scrolling, ends too", async () => {
  const done: string[] = [];
  point("pointerdown");
  afterPress(() => done.push("left"));
  point("pointercancel");
  await turn();
  expect(done).toEqual(["left"]);
});
