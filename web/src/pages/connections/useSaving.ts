// Saving: first what can be told here, then the check, then the server's word.

import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Refusal, type Schemas } from "../../api/client";
import { type Connection, connectionList, oneConnection } from "../../api/connections";
import { useLadder } from "../../api/useLadder";
import { sentences } from "../../lib/format";
import { fieldOf, focusField, showDone, showProblem } from "../../ui/form";
import { checkBody, formField, missing, newBody, patchOf, type Values } from "./draft";
import type { Form } from "./TargetFields";

export function useSaving({ form, before, onSaved }: { form: Form; before: Connection | undefined; onSaved: (connection: Connection) => void }) {
  const queries = useQueryClient();
  const ladder = useLadder();
  /** Somebody else changed it since it was loaded. */
  const [isChanged, setChanged] = useState(false);
  /** Whether what the steps tell of was to become a new connection, and not only checked or changed. */
  const [isCreating, setCreating] = useState(false);
  const isSaved = useRef(false);

  /** `base` is what the changes are told against: another one than `before` after somebody else's change. */
  async function save(values: Values, check: "first" | "skip" = "first", base = before): Promise<void> {
    setChanged(false);
    if (!isWhole(missing(values))) return;
    setCreating(base === undefined);
    const query = check === "skip" ? "?check=skip" : "";
    try {
      const saved = (await (base === undefined
        ? ladder.climb("POST", `/api/v1/connections${query}`, newBody(values))
        : ladder.climb("PATCH", `/api/v1/connections/${base.id}${query}`, patchOf(values, base), { "If-Match": `"${base.revision}"` }))) as Connection;
      isSaved.current = true;
      queries.setQueryData(oneConnection(saved.id).queryKey, saved);
      await queries.invalidateQueries({ queryKey: connectionList.queryKey });
      showDone(`The connection ${saved.name} was ${before === undefined ? "added" : "saved"}${check === "skip" ? ", unverified" : ""}`);
      onSaved(saved);
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return;
      refused(error, values);
    }
  }

  /** Marks what is missing and goes to the first of it. */
  function isWhole(errors: Record<string, string>): boolean {
    const [first] = Object.keys(errors);
    form.setErrors(errors);
    if (first !== undefined) focusField(first);
    return first === undefined;
  }

  /** Checks what the form says and saves nothing. */
  async function check(values: Values): Promise<void> {
    const { name: _, ...errors } = missing(values);
    if (!isWhole(errors)) return;
    setCreating(false);
    try {
      const { findings } = (await ladder.climb("POST", "/api/v1/connections/check", checkBody(values, before))) as Schemas["Checked"];
      const failed = findings.find(({ verdict }) => verdict === "failed");
      if (failed) mark(formField(fieldOf(failed.field), values.driver), failed.detail, values);
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return;
      refused(error, values);
    }
  }

  function mark(field: string | undefined, message: string, values: Values): boolean {
    if (field === undefined || !(field in values)) return false;
    form.setFieldError(field, message);
    focusField(field);
    return true;
  }

  function refused(error: unknown, values: Values): void {
    if (error instanceof Refusal && error.status === 412) {
      setChanged(true);
      return;
    }
    if (!(error instanceof Refusal)) return showProblem(error);
    const failed = error.findings.find(({ verdict }) => verdict === "failed");
    const message = failed?.detail ?? sentences(error.message, error.advice);
    const isMarked = mark(formField(fieldOf(error.field), values.driver), message, values);
    // The steps tell what else there is to tell.
    if (!isMarked && error.kind !== "check_failed") showProblem(error);
  }

  /** Saves the changes of this form over what somebody else saved. */
  async function saveOver(values: Values): Promise<void> {
    if (before === undefined) return;
    const { revision } = await queries.fetchQuery({ ...oneConnection(before.id), staleTime: 0 });
    await save(values, "first", { ...before, revision });
  }

  return { ...ladder, save, saveOver, check, isChanged, isCreating, isDirty: () => form.isDirty() && !isSaved.current };
}
