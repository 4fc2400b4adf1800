// An editor for SQL, InfluxQL and Flux. CodeMirror comes when the first one is drawn.

import { Input, Skeleton } from "@mantine/core";
import { useId } from "@mantine/hooks";
import { lazy, type ReactNode, Suspense } from "react";
import { placeIn, stretchAt } from "../lib/place";
import { LoadedPart } from "./Broken";
import type { EditorProps } from "./code/Editor";

export type { CodeHandle } from "./code/Editor";
export type { CodeLanguage } from "./code/languages";

const Editor = lazy(() => import("./code/Editor"));

interface Props extends Pick<EditorProps, "value" | "onChange" | "language" | "onRun" | "placeholder" | "minLines" | "readOnly" | "tables" | "handle"> {
  label: string;
  description?: ReactNode;
  /** What is wrong with the text, in the words of whoever refused it: the place that they name is underlined. Clear it when the text changes. */
  error?: string | undefined;
  /** The form's name of it: where the focus goes when the server refuses it. */
  path?: string;
}

/** Tab indents; Escape and then Tab leaves. Ctrl+Enter runs, where there is something to run. */
export function CodeEditor({ label, description, error, path, minLines = 8, ...rest }: Props) {
  const id = useId();
  const keys = `${rest.onRun ? "Ctrl+Enter runs it. " : ""}Esc, then Tab leaves the editor.`;
  const place = error === undefined ? undefined : placeIn(error);
  const attributes: Record<string, string> = {
    "aria-labelledby": `${id}-label`,
    "aria-describedby": error === undefined ? `${id}-description` : `${id}-error ${id}-description`,
    ...(error === undefined ? {} : { "aria-invalid": "true" }),
    ...(path === undefined ? {} : { "data-path": path }),
  };
  return (
    <Input.Wrapper
      label={label}
      labelElement="div"
      labelProps={{ id: `${id}-label` }}
      description={<>{description} {keys}</>}
      descriptionProps={{ id: `${id}-description` }}
      inputWrapperOrder={["label", "description", "input", "error"]}
      error={error === undefined ? undefined : <span role="alert" className="wrap">{error}</span>}
      errorProps={{ id: `${id}-error` }}
    >
      <LoadedPart name="editor">
        <Suspense fallback={<Skeleton height={`${minLines * 1.36 + 1.2}rem`} my={6} />}>
          <Editor
            {...rest}
            minLines={minLines}
            attributes={attributes}
            problem={error === undefined || place === undefined ? undefined : { ...stretchAt(rest.value, place), message: error }}
          />
        </Suspense>
      </LoadedPart>
    </Input.Wrapper>
  );
}
