import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const server = process.env.CENTRALA_DEV_SERVER ?? "http://127.0.0.1:8080";

export default defineConfig({
  root: here("."),
  plugins: [react()],
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
  server: {
    fs: { allow: [here("."), here("../locales")] },
    proxy: {
      "/api": server,
      "/socket.io": { target: server, ws: true },
    },
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
  },
});
