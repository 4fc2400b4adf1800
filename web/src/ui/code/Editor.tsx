// CodeMirror as a field of the console. Loaded when a page has one: import `CodeEditor`, not this.

import { autocompletion, closeCompletion, completionStatus } from "@codemirror/autocomplete";
import { indentWithTab } from "@codemirror/commands";
import { type Diagnostic, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState, type Extension, Prec } from "@codemirror/state";
import { EditorView, keymap, placeholder as hint } from "@codemirror/view";
import { useComputedColorScheme } from "@mantine/core";
import { basicSetup } from "codemirror";
import { type Ref, useEffect, useImperativeHandle, useLayoutEffect, useRef } from "react";
import { fitted, type Table } from "../../lib/tables";
import { type CodeLanguage, support } from "./languages";
import { look } from "./look";
import { marked } from "./marked";

export interface EditorProps {
  value: string;
  onChange: (value: string) => void;
  language: CodeLanguage;
  /** What is wrong, and where in the text it is. */
  problem?: { from: number; to: number; message: string } | undefined;
  /** Ctrl+Enter, or ⌘ Enter. */
  onRun?: (() => void) | undefined;
  /** Shown while the text is empty. */
  placeholder?: string | undefined;
  /** In lines. */
  minLines?: number;
  readOnly?: boolean;
  /** What can be read, offered while a name is typed. */
  tables?: Table[] | undefined;
  /** Writes into it from outside. */
  handle?: Ref<CodeHandle> | undefined;
  /** What the field is for those who do not see it, and where the focus goes when it is wrong. */
  attributes: Record<string, string>;
}

export interface CodeHandle {
  /** Puts a name where the cursor is, and the focus behind it. A column that follows one that was put there gets a comma. */
  insert: (name: string, kind: "table" | "column") => void;
  /** Replaces everything, and puts the focus at the end. */
  replace: (text: string) => void;
}

const NO_TABLES: Table[] = [];

export default function Editor({ value, onChange, language, problem, onRun, placeholder = "", minLines = 8, readOnly = false, tables = NO_TABLES, handle, attributes }: EditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const parts = useRef({ language: new Compartment(), look: new Compartment(), attributes: new Compartment(), readOnly: new Compartment() });
  const dark = useComputedColorScheme("light") === "dark";
  const handlers = useRef({ onChange, onRun });
  handlers.current = { onChange, onRun };
  const wanted = JSON.stringify(attributes);

  const first = useRef({ value, language, tables, dark, attributes, readOnly, placeholder, minLines });
  // Before the handle is given, which is for an editor that is there.
  useLayoutEffect(() => {
    if (place.current === null) return undefined;
    const begin = first.current;
    const { language: inLanguage, look: inLook, attributes: withAttributes, readOnly: locked } = parts.current;
    const run = (editor: EditorView) => {
      closeCompletion(editor);
      handlers.current.onRun?.();
      return handlers.current.onRun !== undefined;
    };
    const editor = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: begin.value,
        extensions: [
          Prec.highest(keymap.of([{ key: "Mod-Enter", run }])),
          basicSetup,
          // Its icons are letters of fonts that not every machine has.
          autocompletion({ icons: false }),
          // What was still being looked up when the focus left would open over the page and stay.
          EditorView.updateListener.of(({ view }) => {
            if (!view.hasFocus && completionStatus(view.state) !== null) closeCompletion(view);
          }),
          // Escape, then Tab leaves: the editor lets the next Tab pass for two seconds.
          keymap.of([indentWithTab]),
          EditorView.lineWrapping,
          hint(begin.placeholder),
          EditorView.theme({ ".cm-content": { minHeight: `calc(${begin.minLines} * 1.55em + 16px)` } }),
          inLanguage.of(inside(begin.language, begin.tables)),
          inLook.of(look(begin.dark)),
          withAttributes.of(EditorView.contentAttributes.of(begin.attributes)),
          locked.of(EditorState.readOnly.of(begin.readOnly)),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) handlers.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, []);

  const lastColumn = useRef<string>(undefined);
  useImperativeHandle(handle, () => {
    const put = (from: number, to: number, insert: string) => {
      view.current?.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length }, scrollIntoView: true, userEvent: "input" });
      view.current?.focus();
    };
    return {
      insert(name, kind) {
        const state = view.current?.state;
        if (state === undefined) return;
        const { from, to } = state.selection.main;
        put(from, to, fitted(name, state.sliceDoc(0, from), state.sliceDoc(to), kind === "column" ? lastColumn.current : undefined));
        lastColumn.current = kind === "column" ? name : undefined;
      },
      replace: (text) => put(0, view.current?.state.doc.length ?? 0, text),
    };
  }, []);
  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== value) {
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
    }
  }, [value]);
  useEffect(() => view.current?.dispatch({ effects: parts.current.language.reconfigure(inside(language, tables)) }), [language, tables]);
  useEffect(() => view.current?.dispatch({ effects: parts.current.look.reconfigure(look(dark)) }), [dark]);
  useEffect(() => {
    const told = EditorView.contentAttributes.of(JSON.parse(wanted) as Record<string, string>);
    view.current?.dispatch({ effects: parts.current.attributes.reconfigure(told) });
  }, [wanted]);
  useEffect(() => view.current?.dispatch({ effects: parts.current.readOnly.reconfigure(EditorState.readOnly.of(readOnly)) }), [readOnly]);

  const [from, to, message] = [problem?.from, problem?.to, problem?.message];
  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const length = editor.state.doc.length;
    const found: Diagnostic[] =
      from === undefined || to === undefined || message === undefined
        ? []
        : [{ from: Math.min(from, length), to: Math.min(to, length), severity: "error", message }];
    editor.dispatch(setDiagnostics(editor.state, found));
  }, [from, to, message]);

  // Room for the ring of the focus between the words above and below.
  return <div ref={place} style={{ margin: "6px 0" }} />;
}

function inside(language: CodeLanguage, tables: Table[]): Extension {
  return language === "influxql" || language === "flux" ? support(language) : [support(language, tables), marked(language)];
}
