// Saving: first what can be told here, then the check, then the server's word.

import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Refusal } from "../../api/client";
import { type Connection, connectionList, oneConnection } from "../../api/connections";
import { useLadder } from "../../api/useLadder";
import { fieldOf, focusField, showDone, showProblem } from "../../ui/form";
import { formField, missing, newBody, patchOf, type Values } from "./draft";
import type { Form } from "./TargetFields";

export function useSaving({ form, before, onSaved }: { form: Form; before: Connection | undefined; onSaved: (connection: Connection) => void }) {
  const queries = useQueryClient();
  const ladder = useLadder();
  /** Somebody else changed it since it was loaded. */
  const [isChanged, setChanged] = useState(false);
  const isSaved = useRef(false);

  /** `base` is what the changes are told against: another one than `before` after somebody else's change. */
  async function save(values: Values, check: "first" | "skip" = "first", base = before): Promise<void> {
    setChanged(false);
    const errors = missing(values);
    const [first] = Object.keys(errors);
    form.setErrors(errors);
    if (first !== undefined) return focusField(first);
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

  function refused(error: unknown, values: Values): void {
    if (error instanceof Refusal && error.status === 412) {
      setChanged(true);
      return;
    }
    const field = error instanceof Refusal ? formField(fieldOf(error.field), values.driver) : undefined;
    if (error instanceof Refusal && field !== undefined && field in values) {
      const failed = error.findings.find(({ verdict }) => verdict === "failed");
      form.setFieldError(field, failed?.detail ?? (error.advice === "" ? error.message : `${error.message}: ${error.advice}`));
      focusField(field);
    } else if (!(error instanceof Refusal && error.kind === "check_failed")) {
      showProblem(error);
    }
  }

  /** Saves the changes of this form over what somebody else saved. */
  async function saveOver(values: Values): Promise<void> {
    if (before === undefined) return;
    const { revision } = await queries.fetchQuery({ ...oneConnection(before.id), staleTime: 0 });
    await save(values, "first", { ...before, revision });
  }

  return { ...ladder, save, saveOver, isChanged, isDirty: () => form.isDirty() && !isSaved.current };
}
