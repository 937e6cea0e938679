/** The names under which TanStack Query keeps what the server said of the desk. */
export const keys = {
  desk: ["desk"] as const,
  queue: ["desk", "queue"] as const,
  visit: (id: string) => ["desk", "visit", id] as const,
  visitPreview: (id: string) => ["desk", "preview", id] as const,
  supervision: ["desk", "supervision"] as const,
  templates: ["templates"] as const,
  agentHome: ["agent", "home"] as const,
};
