// Saving a Kapacitor: first what can be told here, then the check, then the server's word.

import type { UseFormReturnType } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Refusal } from "../../api/client";
import type { Connection } from "../../api/connections";
import { type Kapacitor, kapacitorList, oneKapacitor } from "../../api/kapacitors";
import { useLadder } from "../../api/useLadder";
import { sentences } from "../../lib/format";
import { fieldOf, focusField, showDone, showProblem } from "../../ui/form";
import { missing, newBody, patchOf, type Values } from "./draft";

interface Saving {
  form: UseFormReturnType<Values>;
  connection: Connection;
  before: Kapacitor | undefined;
  onSaved: () => void;
}

export function useSaving({ form, connection, before, onSaved }: Saving) {
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
    const path = `/api/v1/connections/${connection.id}/kapacitors`;
    const query = check === "skip" ? "?check=skip" : "";
    try {
      const saved = (await (base === undefined
        ? ladder.climb("POST", `${path}${query}`, newBody(values))
        : ladder.climb("PATCH", `${path}/${base.id}${query}`, patchOf(values, base), { "If-Match": `"${base.revision}"` }))) as Kapacitor & {
        message?: string;
      };
      isSaved.current = true;
      await queries.invalidateQueries({ queryKey: kapacitorList.queryKey });
      showDone(saved.message ?? `The Kapacitor ${saved.name} was saved`);
      onSaved();
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
    const named = error instanceof Refusal ? fieldOf(error.field) : undefined;
    const field = named === "timeout_ms" ? "timeout_s" : named;
    if (error instanceof Refusal && field !== undefined && field in values) {
      const failed = error.findings.find(({ verdict }) => verdict === "failed");
      form.setFieldError(field, failed?.detail ?? sentences(error.message, error.advice));
      focusField(field);
    } else if (!(error instanceof Refusal && error.kind === "check_failed")) {
      showProblem(error);
    }
  }

  /** Saves the changes of this form over what somebody else saved. */
  async function saveOver(values: Values): Promise<void> {
    if (before === undefined) return;
    const { revision } = await queries.fetchQuery({ ...oneKapacitor(connection.id, before.id), staleTime: 0 });
    await save(values, "first", { ...before, revision });
  }

  return { ...ladder, save, saveOver, isChanged, isDirty: () => form.isDirty() && !isSaved.current };
}
