// A walk through a page with the Tab key alone.

import type { Page } from "@playwright/test";

/** Presses beyond the number of stops that a page may need: the parts of a date are one each, and some stops appear on the way. */
const SPARE = 40;

/** Goes through the whole page and gives what is wrong with its stops: not reached, not seen to be focused, hidden under something, or without a way out. */
export async function walk(page: Page): Promise<string[]> {
  const most = (await page.evaluate(prepare)) + SPARE;
  const wrong = new Set<string>();
  for (let press = 0; ; press += 1) {
    if (press === most) {
      wrong.add(`the focus does not come to an end after ${most} presses`);
      break;
    }
    await page.keyboard.press("Tab");
    const seen = await page.evaluate(look);
    if (seen === undefined) break;
    for (const one of seen.wrong) wrong.add(one);
    // In an editor Tab indents; Escape is the way out.
    if (seen.isEditor) await page.keyboard.press("Escape");
  }
  for (const one of await page.evaluate(missed)) wrong.add(one);
  return [...wrong];
}

interface Walked extends Window {
  walked?: { stops: Element[]; reached: Set<Element>; last: Element | undefined; looks: Map<Element, string>; lookOf: (stop: Element) => string };
}

/** Notes every stop of the page and how it looks without the focus; gives how many there are. */
function prepare(): number {
  (document.activeElement as HTMLElement | null)?.blur();
  scrollTo(0, 0);
  const lookOf = (stop: Element) => {
    const around = [stop, stop.parentElement, stop.nextElementSibling, stop.parentElement?.parentElement, ...stop.children];
    const looks = around.map((part) => {
      if (!part) return "";
      const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor, backgroundColor } = getComputedStyle(part);
      return [outlineStyle === "none" ? "" : `${outlineStyle} ${outlineWidth} ${outlineColor}`, boxShadow, borderColor, backgroundColor].join("|");
    });
    return looks.join("\n");
  };
  /** Where arrow keys lead from one part to the next, one stop is enough. */
  const composite = "[role=tablist], [role=radiogroup], [role=toolbar], [role=menu], [role=listbox], [role=tree], [role=grid], [role=group]:has([role=link])";
  const can = "a[href], button, input:not([type=hidden]), select, textarea, summary, [contenteditable=true], [role=button], [role=link], [tabindex='0']";
  const stops = [...document.body.querySelectorAll(can)].filter((part) => {
    if (!part.checkVisibility({ visibilityProperty: true }) || part.closest("[inert], [aria-hidden=true]") || part.matches(":disabled")) return false;
    if ((part instanceof HTMLElement || part instanceof SVGElement) && part.tabIndex < 0 && part.closest(composite)) return false;
    if (!(part instanceof HTMLInputElement) || part.type !== "radio") return true;
    // Of the choices of one name, one is a stop.
    const all = [...document.querySelectorAll<HTMLInputElement>(`input[type=radio][name="${CSS.escape(part.name)}"]`)];
    return (all.find((one) => one.checked) ?? all[0]) === part;
  });
  (window as Walked).walked = { stops, reached: new Set(), last: undefined, looks: new Map(stops.map((stop) => [stop, lookOf(stop)])), lookOf };
  return stops.length;
}

/** What is wrong with the part that has the focus now; undefined behind the last one. */
function look(): { wrong: string[]; isEditor: boolean } | undefined {
  const state = (window as Walked).walked;
  const stop = document.activeElement;
  if (!state || !stop || stop === document.body || stop === document.documentElement) return undefined;
  const isEditor = stop.matches("[contenteditable=true]");
  // From the day to the month of a date.
  if (stop === state.last && stop instanceof HTMLInputElement && /date|time/.test(stop.type)) return { wrong: [], isEditor };
  if (stop === state.last) return { wrong: [`Tab does not leave ${stop.outerHTML.slice(0, 200)}`], isEditor };
  if (state.reached.has(stop)) return undefined;
  state.reached.add(stop);
  state.last = stop;
  const LARGE_PX = 100;
  const wrong: string[] = [];
  const name = stop.outerHTML.slice(0, 200);
  // The caret shows an editor's focus.
  if (!isEditor && state.lookOf(stop) === state.looks.get(stop)) wrong.push(`the focus is not seen: ${name}`);
  const label = stop instanceof HTMLInputElement && /checkbox|radio/.test(stop.type) ? stop.labels?.[0] : undefined;
  const shown = label ?? stop;
  const box = shown.getBoundingClientRect();
  const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
  const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
  if (right - left < 1 || bottom - top < 1) return { wrong: [...wrong, `the focus is out of sight: ${name}`], isEditor };
  const covers = [0.5, 0.1, 0.9].map((part) => {
    const there = document.elementFromPoint(left + (right - left) / 2, top + (bottom - top) * part);
    const isIt = there !== null && (shown.contains(there) || there.contains(shown) || there.parentElement === stop.parentElement);
    return isIt ? undefined : (there?.outerHTML.slice(0, 120) ?? "nothing");
  });
  const hidden = covers.filter((cover) => cover !== undefined);
  // Of what is larger than a line, a part in sight shows where the focus is.
  if (hidden.length === covers.length || (hidden.length > 0 && box.height < LARGE_PX)) wrong.push(`the focus is hidden under ${hidden[0]}: ${name}`);
  return { wrong, isEditor };
}

/** The stops that were there from the beginning, still are, and were not reached. */
function missed(): string[] {
  const state = (window as Walked).walked;
  const left = state?.stops.filter((stop) => stop.isConnected && stop.checkVisibility({ visibilityProperty: true }) && !state.reached.has(stop)) ?? [];
  return left.map((stop) => `not reached by Tab: ${stop.outerHTML.slice(0, 300)}`);
}
