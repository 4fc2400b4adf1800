// What the server refused, shown at the field that it belongs to.

import type { UseFormReturnType } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { Refusal } from "../api/client";
import { sentences } from "../lib/format";
import { told } from "./Problem";

/**
 * Marks the field that the server named and moves the focus there. `known` are the form's own field names; what belongs to none of them is
 * told in a notification. Gives whether a field was marked.
 */
export function showRefusal<T extends Record<string, unknown>>(form: UseFormReturnType<T>, error: unknown, known: string[]): boolean {
  if (error instanceof Refusal && error.field !== undefined) {
    const field = known.find((name) => error.field === name || error.field?.startsWith(`${name}.`) || error.field?.startsWith(`${name}[`));
    if (field !== undefined) {
      form.setFieldError(field, sentences(error.message, error.advice));
      document.querySelector<HTMLElement>(`[data-path="${CSS.escape(field)}"]`)?.focus();
      return true;
    }
  }
  showProblem(error);
  return false;
}

/** Tells what went wrong and what to do. */
export function showProblem(error: unknown): void {
  const { message, advice } = told(error);
  notifications.show({ color: "red", title: message, message: advice, autoClose: 10_000 });
}

/** Tells that something was done. */
export function showDone(message: string): void {
  notifications.show({ color: "teal", message, autoClose: 5_000 });
}

/** The form's name of a field that the server names: `secrets.password` is `password`, `tls.pinned_sha256` is `pinned_sha256`. */
export function fieldOf(named: string | null | undefined): string | undefined {
  return named?.replace(/^(secrets|tls)\./, "");
}

/** The focus goes to a field, once it is drawn. */
export function focusField(field: string): void {
  requestAnimationFrame(() => {
    const found = document.querySelector<HTMLElement>(`[data-path="${CSS.escape(field)}"]`);
    found?.focus();
    found?.scrollIntoView({ block: "center" });
  });
}
