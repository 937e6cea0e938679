/** The names under which TanStack Query keeps what the server said of boards. */
export const keys = {
  boards: (id: string) => ["boards", id] as const,
};
