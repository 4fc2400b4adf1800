// The placeholders of a statement stand out, and are offered while one is typed.

import { type Completion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { EditorState, type Extension, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView } from "@codemirror/view";
import { BOUND_BY_THE_RUN, type Dialect, placeholderNames, placeholders } from "../../lib/placeholders";

const mark = Decoration.mark({ class: "cm-parameter" });

export function marked(dialect: Dialect): Extension {
  const found = (sql: string): DecorationSet => Decoration.set(placeholders(sql, dialect).map(({ from, to }) => mark.range(from, to)));
  const field = StateField.define<DecorationSet>({
    create: (state) => found(state.doc.toString()),
    update: (marks, change) => (change.docChanged ? found(change.newDoc.toString()) : marks),
    provide: (marks) => EditorView.decorations.from(marks),
  });
  const complete = (context: CompletionContext) => completion(context, dialect);
  return [field, EditorState.languageData.of(() => [{ autocomplete: complete }])];
}

function completion(context: CompletionContext, dialect: Dialect): CompletionResult | null {
  const word = context.matchBefore(/(?<![:\w]):\w*/);
  if (!word) return null;
  const bound: Completion[] = Object.entries(BOUND_BY_THE_RUN).map(([name, info]) => ({ label: `:${name}`, info, type: "variable" }));
  const own = placeholderNames(context.state.doc.toString(), dialect)
    .filter((name) => `:${name}` !== word.text && !Object.hasOwn(BOUND_BY_THE_RUN, name))
    .map((name): Completion => ({ label: `:${name}`, type: "variable" }));
  return { from: word.from, options: [...own, ...bound], validFor: /^:\w*$/ };
}
