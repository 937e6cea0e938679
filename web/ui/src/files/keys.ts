/** The names under which TanStack Query keeps what the server said of files. */
export const keys = {
  files: (id: string, q: string) => ["files", id, q] as const,
  allFiles: (id: string) => ["files", id] as const,
};
