/** The names under which TanStack Query keeps what the server said of the settings. */
export const keys = {
  settings: ["settings"] as const,
  setting: (...part: string[]) => ["settings", ...part] as const,
};
