import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import type { HtmlTagDescriptor, Plugin } from "vite";
import { defineConfig } from "vitest/config";

import { excalidraw } from "./excalidraw.config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const server = process.env.CENTRALA_DEV_SERVER ?? "http://127.0.0.1:8080";

/** Let the browser fetch the application beside the small script that begins it, and compile it only when asked. */
function preloadApplication(): Plugin {
  return {
    name: "preload-application",
    transformIndexHtml: {
      order: "post",
      handler(_html, { bundle }) {
        const chunks = Object.values(bundle ?? {}).filter((file) => file.type === "chunk");
        const found = new Set(chunks.filter(({ facadeModuleId }) => facadeModuleId?.endsWith("/src/app/start.tsx")).map(({ fileName }) => fileName));
        for (const name of found) for (const imported of chunks.find(({ fileName }) => fileName === name)?.imports ?? []) found.add(imported);
        return [...found].map((name): HtmlTagDescriptor => ({ tag: "link", attrs: { rel: "preload", as: "script", crossorigin: true, href: `/${name}` }, injectTo: "head" }));
      },
    },
  };
}

export default defineConfig({
  root: here("."),
  plugins: [react(), excalidraw(), preloadApplication()],
  resolve: { alias: { "@": here("./src") } },
  build: {
    outDir: "dist",
    assetsDir: "assets",
    // The content security policy allows no data: fonts and no inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    sourcemap: false,
  },
  worker: { format: "es" },
  server: {
    fs: { allow: [here("."), here("../locales")] },
    proxy: {
      "/api": server,
      "/socket.io": { target: server, ws: true },
    },
  },
  test: {
    projects: [
      { extends: true, test: { name: "ui", environment: "jsdom", include: ["src/**/*.test.{ts,tsx}", "eslint/*.test.js"], restoreMocks: true } },
      here("../widget/vitest.config.ts"),
    ],
  },
});
