// Rows by their numbers, in words. Pure.

import { count } from "./format";

const MOST_NAMED = 5;

/** `row 3`, `rows 1, 2 and 5`, `rows 1, 2, 3, 4, 5 and 12 more`. */
export function rowWords(rows: readonly number[], many: number): string {
  const named = rows.slice(0, MOST_NAMED);
  const rest = many - named.length;
  if (rest > 0) return `rows ${named.join(", ")} and ${count(rest)} more`;
  const [last, ...before] = [...named].reverse();
  return before.length === 0 ? `row ${last}` : `rows ${before.reverse().join(", ")} and ${last}`;
}
