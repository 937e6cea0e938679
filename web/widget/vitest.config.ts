import { defineProject, mergeConfig } from "vitest/config";

import { shared } from "./vite.config";

export default mergeConfig(shared, defineProject({ test: { name: "widget", environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"], restoreMocks: true } }));
