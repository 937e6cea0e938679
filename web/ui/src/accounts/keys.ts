/** The names under which TanStack Query keeps what the server said of accounts. */
export const keys = {
  session: ["session"] as const,
  sessions: ["sessions"] as const,
  refusedSignIns: ["sessions", "refused"] as const,
  people: (q: string) => ["people", q] as const,
  allPeople: ["people"] as const,
  groups: ["groups"] as const,
  organisation: ["organisation"] as const,
  apiKeys: ["api-keys"] as const,
  audit: (choice: object) => ["audit", choice] as const,
};
