import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** The rules of the application and of the widget alike. */
export const shared = (folder) => [
  { ignores: ["dist", "src/protocol/generated", "node_modules"] },
  ...tseslint.configs.strictTypeChecked,
  hooks.configs.flat.recommended,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: folder } },
    rules: {
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-console": "error",
      "max-lines": ["error", { max: 500 }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      "@typescript-eslint/only-throw-error": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
  {
    files: ["**/*.test.ts", "**/*.test.tsx"],
    rules: { "@typescript-eslint/no-non-null-assertion": "off" },
  },
  { files: ["**/*.js", "**/*.mjs"], ...tseslint.configs.disableTypeChecked },
];

export default tseslint.config(...shared(import.meta.dirname), {
  // The protocol and the media engine know nothing of the screens.
  files: ["src/protocol/**/*.ts", "src/media/**/*.ts"],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          { group: ["react", "react-*", "@mantine/*", "@tanstack/*", "i18next", "@/app/*", "@/base/*", "@/calls/*", "@/conversations/*"] },
        ],
      },
    ],
  },
});
