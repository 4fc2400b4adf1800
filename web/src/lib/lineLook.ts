// What the lines of a chart look like: told apart in light and dark and by those who confuse red and green. Pure.

export type Scheme = "light" | "dark";

/** After Okabe and Ito (2008), darker on white and lighter on black. */
const COLOURS: Record<Scheme, string[]> = {
  light: ["#0b7285", "#b34700", "#0060a8", "#8a3a74", "#00714f", "#7a5c00", "#444444"],
  dark: ["#3bbccd", "#ff9a4d", "#6fb7ee", "#e59bcb", "#35c79a", "#f0cf4a", "#cccccc"],
};
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3]];

/** The look of the line at this place: first the colours, then the same colours dashed. */
export function lineLook(at: number, scheme: Scheme): { stroke: string; dash: number[] } {
  const colours = COLOURS[scheme];
  return { stroke: colours[at % colours.length] ?? "", dash: DASHES[Math.floor(at / colours.length) % DASHES.length] ?? [] };
}

/** Up to so many points, over all lines, each is a circle; beyond, circles are noise. */
const MOST_CIRCLES = 60;

type Values = readonly (number | null | undefined)[];

/** Whether the points of the lines are drawn as circles besides. */
export function hasCircles(lines: readonly Values[]): boolean {
  return lines.reduce((sum, values) => sum + values.filter((value) => value != null).length, 0) <= MOST_CIRCLES;
}

/** Points that no line reaches because what is before and behind them is missing: without a circle nobody would see them. */
export function alone(values: Values): number[] {
  const known = [...values.keys()].filter((at) => values[at] !== undefined);
  return known.filter((at, place) => {
    const [before, behind] = [known[place - 1], known[place + 1]];
    return values[at] !== null && (before === undefined || values[before] === null) && (behind === undefined || values[behind] === null);
  });
}
