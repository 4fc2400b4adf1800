// How everything looks: one accent, quiet surfaces, figures that stand under one another.

import { createTheme, type MantineColorsTuple } from "@mantine/core";

const water: MantineColorsTuple = [
  "#e3fafc", "#c5f0f5", "#96e0ea", "#63cedc", "#3bbccd", "#1da9bc", "#0f97ab", "#0b7285", "#0a6475", "#064b58",
];

export const theme = createTheme({
  primaryColor: "water",
  primaryShade: { light: 7, dark: 5 },
  colors: { water },
  defaultRadius: "md",
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'Cascadia Mono', 'DejaVu Sans Mono', Menlo, monospace",
  headings: { fontWeight: "650" },
  cursorType: "pointer",
  autoContrast: true,
});
