/** Colours and defaults of every Mantine component, chosen so that text keeps a contrast of 4.5:1 in both themes. */
import {
  Avatar,
  Button,
  createTheme,
  Drawer,
  Menu,
  Modal,
  PasswordInput,
  Select,
  TextInput,
  Tooltip,
  type CSSVariablesResolver,
  type MantineColorsTuple,
} from "@mantine/core";

const violet: MantineColorsTuple = [
  "#f8f1fd",
  "#eedff9",
  "#dcbef2",
  "#cda3ec",
  "#bd85e5",
  "#a55bda",
  "#8c33cd",
  "#7318b6",
  "#5e1197",
  "#480c75",
];

// Greys with a breath of the accent, so that surfaces and accent belong together.
const gray: MantineColorsTuple = [
  "#f8f7fa",
  "#f1eff4",
  "#e7e3ec",
  "#d9d4e0",
  "#c3bccd",
  "#9c94a9",
  "#787085",
  "#5b5368",
  "#3d374a",
  "#26212f",
];

const dark: MantineColorsTuple = [
  "#ebe8f0",
  "#cdc8d6",
  "#aaa3b6",
  "#837b91",
  "#3f3850",
  "#322c40",
  "#272232",
  "#1a1622",
  "#14111b",
  "#0e0c13",
];

const sans = '"Figtree Variable", system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

export const theme = createTheme({
  primaryColor: "violet",
  primaryShade: { light: 7, dark: 6 },
  colors: { violet, gray, dark },
  black: "#1f1a29",
  fontFamily: sans,
  headings: { fontFamily: sans, fontWeight: "650" },
  defaultRadius: "md",
  radius: { xs: "4px", sm: "6px", md: "10px", lg: "16px", xl: "24px" },
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  components: {
    Avatar: Avatar.extend({ defaultProps: { radius: 999, variant: "filled" } }),
    Button: Button.extend({ defaultProps: { fw: 600 } }),
    // The placeholder that would take the focus is a child that a menu may not have (ARIA); the first row takes it.
    Menu: Menu.extend({ defaultProps: { withInitialFocusPlaceholder: false } }),
    Modal: Modal.extend({
      styles: { title: { fontSize: "var(--font-title)", fontWeight: 660, letterSpacing: "-0.01em" } },
      // A dialog's heading is no banner of the page.
      defaultProps: {
        attributes: { header: { role: "presentation" } },
        radius: "lg",
        padding: "lg",
        centered: true, overlayProps: { backgroundOpacity: 0.45, blur: 2 },
      },
    }),
    Select: Select.extend({ defaultProps: { allowDeselect: false, checkIconPosition: "right" } }),
    TextInput: TextInput.extend({ defaultProps: { size: "md" } }),
    Drawer: Drawer.extend({ defaultProps: { attributes: { header: { role: "presentation" } } } }),
    PasswordInput: PasswordInput.extend({ defaultProps: { size: "md" } }),
    Tooltip: Tooltip.extend({ defaultProps: { withArrow: true, openDelay: 350 } }),
  },
});

/** Mantine's own light shades of these fail on white, so text of a colour takes its darkest ones. */
const coloured = ["red", "green", "orange", "teal", "blue", "yellow"];

/** White text on a filled button needs a dark ground in both themes. */
function filled(name: string): [string, string][] {
  return [
    [`--mantine-color-${name}-filled`, `color-mix(in srgb, var(--mantine-color-${name}-9), #000 10%)`],
    [`--mantine-color-${name}-filled-hover`, `color-mix(in srgb, var(--mantine-color-${name}-9), #000 25%)`],
  ];
}

/** Mantine's own colours are the house's (base/tokens.css). */
const shared = {
  "--mantine-color-body": "var(--c-surface)",
  "--mantine-color-dimmed": "var(--c-dimmed)",
  "--mantine-color-placeholder": "var(--c-placeholder)",
  "--mantine-color-error": "var(--c-error)",
  "--mantine-color-default-border": "var(--c-border)",
};

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    ...shared,
    "--mantine-color-violet-light-color": "var(--mantine-color-violet-8)",
    "--mantine-color-gray-light-color": "var(--mantine-color-gray-8)",
    ...Object.fromEntries(
      coloured.flatMap((name) => [
        [`--mantine-color-${name}-light-color`, `color-mix(in srgb, var(--mantine-color-${name}-9), #000 22%)`],
        ...filled(name),
        [`--mantine-color-${name}-outline`, `var(--mantine-color-${name}-9)`],
      ]),
    ),
  },
  dark: {
    ...shared,
    "--mantine-color-anchor": "var(--mantine-color-violet-3)",
    ...Object.fromEntries(coloured.flatMap(filled)),
  },
});
