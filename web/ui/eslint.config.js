import path from "node:path";

import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

import { FLOOR, GROUND, LAYERS, TOP } from "./eslint/layers.js";
import { checkTable, layersRule } from "./eslint/layersRule.js";

checkTable(LAYERS, GROUND);

/** as: the layer of files outside of `src`, with the entry that says what they may import. */
const layersOptions = (as, entry) => ({
  src: path.join(import.meta.dirname, "src"),
  layers: as === undefined ? LAYERS : { ...LAYERS, [as]: entry },
  ground: as === undefined ? GROUND : [],
  floor: FLOOR,
  top: TOP,
  ...(as !== undefined && { as }),
});

/** The rules of the application and of the widget alike. */
export const shared = (folder) => [
  { ignores: ["dist", "src/protocol/generated", "node_modules"] },
  ...tseslint.configs.strictTypeChecked,
  hooks.configs.flat.recommended,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: folder } },
    plugins: { centrala: { rules: { layers: layersRule } } },
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
    files: ["src/**/*.{ts,tsx}"],
    ignores: ["**/*.test.{ts,tsx}", "src/protocol/serverClock.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        ...["MemberExpression[object.name='Date'][property.name='now']", "NewExpression[callee.name='Date'][arguments.length=0]", "CallExpression[callee.name='Date']"].map((selector) => ({
          selector,
          message: "This computer's clock may be wrong: serverNow() of protocol/serverClock for what the server tells, performance.now() for intervals.",
        })),
      ],
    },
  },
  {
    files: ["**/*.test.ts", "**/*.test.tsx"],
    rules: { "@typescript-eslint/no-non-null-assertion": "off" },
  },
  { files: ["**/*.js", "**/*.mjs"], ...tseslint.configs.disableTypeChecked },
];

/** The widget takes of the application only what knows no screens. */
export const widgetLayers = ["error", layersOptions("widget", { imports: ["protocol", "media"] })];

export default tseslint.config(
  ...shared(import.meta.dirname),
  { files: ["src/**/*.{ts,tsx}"], rules: { "centrala/layers": ["error", layersOptions()] } },
  {
    // The protocol and the media engine know nothing of the screens.
    files: ["src/protocol/**/*.ts", "src/media/**/*.ts"],
    rules: { "no-restricted-imports": ["error", { patterns: [{ group: ["react", "react-*", "@mantine/*", "@tanstack/*", "i18next"] }] }] },
  },
);
