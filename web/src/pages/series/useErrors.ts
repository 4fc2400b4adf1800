// What is wrong with a draft, at the fields of the form; and opening what a field stands in.

import { useDisclosure } from "@mantine/hooks";
import { useCallback, useEffect, useMemo, useState } from "react";
import { Refusal } from "../../api/client";
import { sentences } from "../../lib/format";
import { focusField } from "../../ui/form";
import type { Draft } from "./draft";
import { columnOfField, isOfMore, placeOf } from "./fields";
import { mappingProblems, type Problems } from "./mappingProblems";
import type { DraftForm } from "./useCursor";
import type { LivePreview } from "./usePreview";

interface Errors {
  /** What is told at each field. */
  errors: Record<string, string | undefined>;
  /** What need not be asked of the server. */
  problems: Problems;
  /** The preview's refusal is told at a field, so not beside the lines. */
  isElsewhere: boolean;
  /** Opens what a field stands in, and moves the focus there. */
  reveal: (field: string) => void;
  /** The column whose settings are open. */
  opened: string | undefined;
  onOpened: (column: string | undefined) => void;
  isMoreOpen: boolean;
  toggleMore: () => void;
}

export function useErrors(draft: Draft, live: LivePreview, form: DraftForm): Errors {
  const [isMoreOpen, more] = useDisclosure(false);
  const [opened, onOpened] = useState<string>();
  const refusal = live.error instanceof Refusal ? live.error : undefined;
  const place = placeOf(refusal?.field, draft);
  const problems = useMemo(() => mappingProblems(draft, live.columns), [draft, live.columns]);
  const errors = useMemo(() => {
    const told: Record<string, string | undefined> = {};
    if (refusal && place !== undefined) told[place] = sentences(refusal.message, refusal.advice);
    for (const [name, error] of Object.entries(form.errors)) if (typeof error === "string") told[name] = error;
    return { ...told, ...problems };
  }, [form.errors, refusal, place, problems]);
  const { open } = more;
  const reveal = useCallback(
    (field: string) => {
      onOpened(columnOfField(field));
      if (isOfMore(field)) open();
      focusField(field);
    },
    [open],
  );
  const isRejectsWrong = errors["rejects.limit"] !== undefined;
  useEffect(() => {
    if (isRejectsWrong) reveal("rejects.limit");
  }, [isRejectsWrong, reveal]);
  return { errors, problems, isElsewhere: place !== undefined, reveal, opened, onOpened, isMoreOpen, toggleMore: more.toggle };
}

/** A mapping that was changed is judged anew. */
export function clearMappingErrors(form: DraftForm): void {
  form.setErrors((errors) => Object.fromEntries(Object.entries(errors).filter(([field]) => !field.startsWith("mapping."))));
}
