// The values of a query's placeholders: what is one, and what was given last time. Pure, but for what it remembers.

export type ParameterKind = "text" | "integer" | "float" | "boolean" | "instant";

/** As the API has it. */
export interface Parameter {
  name: string;
  kind: ParameterKind;
  /** Bound when nobody gives a value; without it a value is needed. */
  default?: string | null;
}

/** Every kind, in the words that people read. */
export const KINDS: Record<ParameterKind, string> = {
  text: "Text", integer: "Whole number", float: "Number", boolean: "True or false", instant: "Instant",
};

/** Why a text is no value of its kind; undefined when it is one. As the server says it. */
export function valueProblem(kind: ParameterKind, text: string): string | undefined {
  const value = text.trim();
  switch (kind) {
    case "text":
      return undefined;
    case "integer":
      return /^[+-]?\d+$/.test(value) && BigInt.asIntN(64, BigInt(value)) === BigInt(value) ? undefined : "Give a whole number";
    case "float":
      return value !== "" && Number.isFinite(Number(value)) ? undefined : "Give a number";
    case "boolean":
      return value === "true" || value === "false" ? undefined : "Give true or false";
    case "instant":
      return /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i.test(value) && !Number.isNaN(Date.parse(value))
        ? undefined
        : "Give an instant such as 2026-11-21T14:05:00Z";
  }
}

/** The kind that a new placeholder probably has, by where it stands. */
export function guessedKind(sql: string, name: string): ParameterKind {
  return new RegExp(`\\b(limit|offset)\\s+:${name}\\b`, "i").test(sql) ? "integer" : "text";
}

/** The placeholders to show: those of the text in order of first use, then what is declared and not in the text. */
export function declared(used: string[], known: Parameter[], sql: string): (Parameter & { used: boolean })[] {
  const own = used.map((name) => ({ ...(known.find((one) => one.name === name) ?? { name, kind: guessedKind(sql, name) }), used: true }));
  return [...own, ...known.filter(({ name }) => !used.includes(name)).map((one) => ({ ...one, used: false }))];
}

/** Names of what must not lie about in a browser. */
const SECRET = /pass|secret|token|key|credential|pin$/i;

export function isRemembered(name: string): boolean {
  return !SECRET.test(name);
}

const SHELF = "tributary-values:";

/** The values that a query was tried with last time in this browser. */
export function rememberedValues(query: string): Record<string, string> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(SHELF + query) ?? "{}");
    return Object.fromEntries(Object.entries(kept ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
  } catch {
    return {};
  }
}

/** Keeps them, except for what may be a secret. */
export function rememberValues(query: string, values: Record<string, string>): void {
  const kept = Object.fromEntries(Object.entries(values).filter(([name]) => isRemembered(name)));
  try {
    if (Object.keys(kept).length === 0) localStorage.removeItem(SHELF + query);
    else localStorage.setItem(SHELF + query, JSON.stringify(kept));
  } catch {
    // A browser that keeps nothing only asks again.
  }
}
