/** Style sheets take colours, sizes of text, corners and layers from their tokens.css, and know three widths. */
const TEXT = "var\\(--(font|glyph)-[a-z]+\\)";

/** @type {import("stylelint").Config} */
export default {
  referenceFiles: ["src/base/tokens.css", "node_modules/@mantine/core/styles/default-css-variables.css"],
  rules: {
    "block-no-empty": true,
    "color-named": "never",
    "color-no-hex": true,
    "declaration-block-no-duplicate-properties": true,
    "declaration-property-value-allowed-list": {
      font: ["inherit", /var\(--font-[a-z]+\)/],
      "font-size": ["inherit", `/^${TEXT}$/`, `/^clamp\\(${TEXT}, [\\w.]+, ${TEXT}\\)$/`],
      "z-index": ["/^var\\(--z-[a-z-]+\\)$/"],
      "/^border.*radius$/": ["inherit", "50%", "/^((0|var\\(--radius-[a-z]+\\)) ?)+$/"],
    },
    "function-disallowed-list": [/^(rgb|hsl|hwb|lab|lch|oklab|oklch|color)a?$/],
    "keyframe-declaration-no-important": true,
    "media-feature-name-value-allowed-list": { "/^(max|min)-width$/": ["640px", "760px", "1080px"] },
    "media-feature-range-notation": "prefix",
    "no-duplicate-selectors": true,
    "no-unknown-animations": true,
    "no-unknown-custom-properties": true,
    "property-no-unknown": true,
  },
  overrides: [{ files: ["**/tokens.css"], rules: { "color-no-hex": null, "function-disallowed-list": null } }],
};
