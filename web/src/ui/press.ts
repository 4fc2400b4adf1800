// What is pressed must not move under the pointer: then the button comes up over something else, and the click is lost.

let isPressed = false;
let waiting: (() => void)[] = [];

function end(): void {
  isPressed = false;
  const begun = waiting;
  waiting = [];
  // The click comes after this and in the same turn.
  if (begun.length > 0) setTimeout(() => begun.forEach((act) => act()), 0);
}

addEventListener("pointerdown", () => (isPressed = true), true);
addEventListener("pointerup", end, true);
addEventListener("pointercancel", end, true);

/**
 * Does now what may move the page, or, while a button of the pointer is held down, after the click that comes of it. For what leaving a field
 * brings about: it is left when the button goes down on something else.
 */
export function afterPress(act: () => void): void {
  if (isPressed) waiting.push(act);
  else act();
}
