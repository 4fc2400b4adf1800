import { useState } from "react";
import { Refusal } from "../../api/client";
import { sentences } from "../../lib/format";
import { focusField } from "../../ui/form";

/** What is wrong by the path of its field, as the server names it: `name`, `options.url`. */
export type Errors = Record<string, string>;

/** What was refused: at its field, where the focus goes, or of the whole when no field is to blame. */
export function useRefusals(has: (path: string) => boolean) {
  const [errors, setErrors] = useState<Errors>({});
  const [problem, setProblem] = useState<unknown>();
  const show = (found: Errors) => {
    setErrors(found);
    const [first] = Object.keys(found);
    if (first !== undefined) focusField(first);
  };
  return {
    errors,
    problem,
    /** Before something is sent: shows what can be told without asking. Gives whether there is nothing. */
    passes(found: Errors): boolean {
      setProblem(undefined);
      show(found);
      return Object.keys(found).length === 0;
    },
    /** The field was changed: what was said of it holds no longer. */
    forget(path: string): void {
      setErrors(({ [path]: _, ...others }) => others);
    },
    refused(error: unknown): void {
      if (error instanceof Refusal && error.field !== undefined && has(error.field)) show({ [error.field]: sentences(error.message, error.advice) });
      else setProblem(error);
    },
  };
}
