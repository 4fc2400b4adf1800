// What the address of a list holds: the words that are searched and the order. Pure.

export interface ListSearch {
  /** The words that are searched for. */
  q?: string;
  /** A column's id; with `-` before it from the last to the first. */
  sort?: string;
}

/** What stands in the address, without what does not belong there. */
export function listSearch(search: Record<string, unknown>): ListSearch {
  const kept: ListSearch = {};
  // A search for digits comes as a number.
  if (search.q !== undefined && search.q !== "") kept.q = String(search.q);
  if (typeof search.sort === "string" && search.sort !== "") kept.sort = search.sort;
  return kept;
}

/** The order as tables take it. */
export function sortingOf(sort: string | undefined): { id: string; desc: boolean }[] {
  if (sort === undefined) return [];
  return [sort.startsWith("-") ? { id: sort.slice(1), desc: true } : { id: sort, desc: false }];
}

/** The order as the address holds it. */
export function sortOf(sorting: { id: string; desc: boolean }[]): string | undefined {
  const first = sorting[0];
  return first && `${first.desc ? "-" : ""}${first.id}`;
}
