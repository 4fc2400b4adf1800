// How everything looks: one accent, quiet surfaces, figures that stand under one another.

import { createTheme, defaultVariantColorsResolver, type MantineColorsTuple, type VariantColorsResolver } from "@mantine/core";

const water: MantineColorsTuple = [
  "#e3fafc", "#c5f0f5", "#96e0ea", "#63cedc", "#3bbccd", "#1da9bc", "#0f97ab", "#0b7285", "#0a6475", "#064b58",
];

// Mantine chooses the words on a filled button once, for both appearances. On the accent they are dark where the accent is light
// (`--on-accent` in console.css); on red they are white, on a red that is dark enough.
const variantColorResolver: VariantColorsResolver = (input) => {
  const colors = defaultVariantColorsResolver(input);
  if (input.variant !== "filled") return colors;
  if (input.color === "red") return { ...colors, background: "var(--mantine-color-red-9)", hover: "#b02525", color: "var(--mantine-color-white)" };
  return input.color === undefined || input.color === "water" ? { ...colors, color: "var(--on-accent)" } : colors;
};

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
  variantColorResolver,
  components: {
    Notification: { defaultProps: { closeButtonProps: { "aria-label": "Dismiss" } } },
    PasswordInput: { defaultProps: { visibilityToggleFocusable: true, visibilityToggleButtonProps: { "aria-label": "Show what is typed" } } },
    Modal: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
  },
});
