import tseslint from "typescript-eslint";

import { shared } from "../ui/eslint.config.js";

export default tseslint.config(...shared(import.meta.dirname), {
  // Of the application only what knows no screens.
  files: ["src/**/*.{ts,tsx}"],
  rules: {
    // Knows React's own refs only.
    "react-hooks/immutability": "off",
    "no-restricted-imports": [
      "error",
      { patterns: [{ group: ["react", "react-*", "@mantine/*", "@tanstack/*", "i18next", "@/*", "!@/protocol", "!@/media"] }] },
    ],
  },
});
