/** The names under which TanStack Query keeps what the server said of calls. */
export const keys = {
  lobby: (id: string) => ["lobby", id] as const,
  guestLinks: (id: string) => ["guest-links", id] as const,
};
