// How the editor looks, in light and dark: the console's own surfaces, and colours of code that keep a contrast of 4.5 to 1 on them.

import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

interface Colors {
  keyword: string;
  string: string;
  number: string;
  comment: string;
  name: string;
  placeholder: string;
  problem: string;
  selection: string;
}

const LIGHT: Colors = {
  keyword: "#6741d9", string: "#237032", number: "#a33a05", comment: "#5c636a", name: "#1864ab", placeholder: "#0a6475", problem: "#c92a2a",
  selection: "#c5e6ee",
};
const DARK: Colors = {
  keyword: "#b197fc", string: "#8ce99a", number: "#ffc078", comment: "#a6adb4", name: "#74c0fc", placeholder: "#63cedc", problem: "#ff8787",
  selection: "#1d4b54",
};

export function look(dark: boolean): Extension {
  const colors = dark ? DARK : LIGHT;
  const style = HighlightStyle.define([
    { tag: [tags.keyword, tags.operatorKeyword, tags.bool, tags.null], color: colors.keyword },
    { tag: [tags.string, tags.special(tags.string)], color: colors.string },
    { tag: [tags.number, tags.literal], color: colors.number },
    { tag: tags.comment, color: colors.comment, fontStyle: "italic" },
    { tag: [tags.typeName, tags.standard(tags.name), tags.propertyName, tags.special(tags.name)], color: colors.name },
  ]);
  const theme = EditorView.theme(
    {
      "&": {
        fontSize: "var(--mantine-font-size-sm)", color: "var(--mantine-color-text)", backgroundColor: "var(--mantine-color-body)",
        border: "1px solid var(--mantine-color-default-border)", borderRadius: "var(--mantine-radius-md)", overflow: "hidden",
      },
      "&.cm-focused": { outline: "2px solid var(--mantine-primary-color-filled)", outlineOffset: "1px" },
      "&:has([aria-invalid=true])": { borderColor: "var(--mantine-color-error)" },
      ".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", lineHeight: "1.55", maxHeight: "min(60dvh, 640px)" },
      ".cm-content": { caretColor: "var(--mantine-color-text)", padding: "8px 0" },
      ".cm-cursor": { borderLeftColor: "var(--mantine-color-text)" },
      ".cm-gutters": { backgroundColor: "transparent", color: colors.comment, border: "none" },
      ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
      "&.cm-focused .cm-activeLine": { backgroundColor: "var(--mantine-color-default-hover)" },
      "&.cm-focused .cm-activeLineGutter": { backgroundColor: "var(--mantine-color-default-hover)" },
      "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: colors.selection },
      ".cm-placeholder": { color: "var(--mantine-color-dimmed)" },
      ".cm-parameter": { color: colors.placeholder, fontWeight: "650", borderBottom: `1px dotted ${colors.placeholder}` },
      ".cm-lintRange-error": {
        backgroundImage: "none", textDecoration: `underline wavy ${colors.problem}`, textDecorationSkipInk: "none", textUnderlineOffset: "3px",
      },
      ".cm-lintPoint-error:after": { borderBottomColor: colors.problem },
      ".cm-tooltip": {
        color: "var(--mantine-color-text)", backgroundColor: "var(--mantine-color-body)", border: "1px solid var(--mantine-color-default-border)",
        borderRadius: "var(--mantine-radius-sm)", boxShadow: "var(--mantine-shadow-md)",
      },
      ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--mantine-primary-color-filled)", color: "var(--mantine-primary-color-contrast)" },
      ".cm-diagnostic": { padding: "4px 10px", maxWidth: "520px", whiteSpace: "pre-wrap" },
      ".cm-panels": { color: "var(--mantine-color-text)", backgroundColor: "var(--mantine-color-default-hover)" },
      ".cm-panels input": { color: "inherit", backgroundColor: "var(--mantine-color-body)" },
    },
    { dark },
  );
  return [theme, syntaxHighlighting(style)];
}
