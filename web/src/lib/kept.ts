// What was begun and not saved, kept in this tab until it is closed: a form that sends people to another page finds it again. Never a secret.

const SHELF = "tributary-draft:";

/** A draft that was kept; undefined when there is none. What it is, whoever kept it knows. */
export function keptDraft(name: string): unknown {
  try {
    return JSON.parse(sessionStorage.getItem(SHELF + name) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

export function keepDraft(name: string, draft: unknown): void {
  try {
    sessionStorage.setItem(SHELF + name, JSON.stringify(draft));
  } catch {
    // A browser that keeps nothing only asks again.
  }
}

export function dropDraft(name: string): void {
  try {
    sessionStorage.removeItem(SHELF + name);
  } catch {
    // There was none.
  }
}
