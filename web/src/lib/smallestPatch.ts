// What a PATCH has to say: only what was changed, so that everything else stays as it is stored, also what this console does not know. Pure.

export type Json = Record<string, unknown>;

/**
 * The difference from `before` to `after`. What was there and is gone is null. `merged` are the paths (`mapping`, `mapping.time`) of the objects that
 * the server merges member by member; every other one is replaced as a whole.
 */
export function smallestPatch(before: Json, after: Json, merged: readonly string[], path = ""): Json {
  const patch: Json = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [had, has] = [before[name], after[name]];
    if (same(had, has)) continue;
    const place = path === "" ? name : `${path}.${name}`;
    patch[name] = has === undefined ? null : merged.includes(place) && isObject(had) && isObject(has) ? smallestPatch(had, has, merged, place) : has;
  }
  return patch;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function same(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) return one.length === other.length && one.every((value, at) => same(value, other[at]));
  if (isObject(one) && isObject(other)) {
    const names = Object.keys(one);
    return names.length === Object.keys(other).length && names.every((name) => name in other && same(one[name], other[name]));
  }
  return Object.is(one, other);
}
