/** Two builds: the loader, one small script for customers' pages, and the frame that it opens. */
import { fileURLToPath } from "node:url";

import { defineConfig, type Plugin, type UserConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The loader's style sheet is text, which no minifier looks into: without the spaces that only people need. */
const squeezeStyles: Plugin = {
  name: "squeeze-styles",
  enforce: "pre",
  transform(code, id) {
    if (!id.endsWith("/loader/styles.ts")) return null;
    const from = code.lastIndexOf("return `");
    const sheet = code.slice(from).replace(/\s*\n\s*/g, "").replace(/([;:,]) /g, "$1").replace(/ ([{}])/g, "$1").replaceAll("{ ", "{").replaceAll(";}", "}");
    return { code: code.slice(0, from) + sheet, map: null };
  },
};

export const shared = {
  root: here(".").replace(/\/$/, ""),
  resolve: {
    alias: [
      // Effects on sound and picture are megabytes, which the widget does not offer.
      { find: /^@\/media\/effects\/(noise|blur)$/, replacement: here("src/call/noEffects.ts") },
      { find: "@", replacement: here("../ui/src") },
    ],
  },
  server: { fs: { allow: [here("..")] } },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
} satisfies UserConfig;

export default defineConfig(({ mode }) =>
  mode === "loader"
    ? {
        ...shared,
        plugins: [squeezeStyles],
        build: {
          outDir: "dist",
          emptyOutDir: false,
          // What the bubble needs anyway, a style sheet made by script, is younger than all of this.
          target: "es2022",
          lib: { entry: here("src/loader/main.ts"), formats: ["iife"], name: "CentralaLoader", fileName: () => "loader.js" },
        },
      }
    : {
        ...shared,
        base: "/widget/",
        build: {
          outDir: "dist",
          // The content security policy allows no data: fonts and no inline scripts.
          assetsInlineLimit: 0,
          modulePreload: { polyfill: false },
          target: "es2022",
          rollupOptions: { input: [here("index.html"), here("try.html")] },
        },
      },
);
