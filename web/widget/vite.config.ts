/** Two builds: the loader, one small script for customers' pages, and the frame that it opens. */
import { fileURLToPath } from "node:url";

import { defineConfig, type UserConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

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
        build: {
          outDir: "dist",
          emptyOutDir: false,
          target: "es2020",
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
