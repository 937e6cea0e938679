import tseslint from "typescript-eslint";

import { shared, widgetLayers } from "../ui/eslint.config.js";

export default tseslint.config(...shared(import.meta.dirname), {
  files: ["src/**/*.{ts,tsx}"],
  rules: {
    // Knows React's own refs only.
    "react-hooks/immutability": "off",
    "no-restricted-imports": ["error", { patterns: [{ group: ["react", "react-*", "@mantine/*", "@tanstack/*", "i18next"] }] }],
    "centrala/layers": widgetLayers,
  },
});
