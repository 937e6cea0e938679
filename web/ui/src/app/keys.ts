/** The names under which TanStack Query keeps what the server said. */
import type { Section } from "@/protocol/api";

export const keys = {
  session: ["session"] as const,
  conversations: (section: Section) => ["conversations", section] as const,
  conversation: (id: string) => ["conversation", id] as const,
  messages: (id: string) => ["messages", id] as const,
  quoted: (id: string, seq: number) => ["quoted", id, seq] as const,
  reactions: (messageId: string) => ["reactions", messageId] as const,
  pins: (id: string) => ["pins", id] as const,
  hits: (id: string, q: string) => ["search", id, q] as const,
  files: (id: string, q: string) => ["files", id, q] as const,
  allFiles: (id: string) => ["files", id] as const,
  boards: (id: string) => ["boards", id] as const,
  calls: (id: string) => ["calls", id] as const,
  presence: ["presence"] as const,
  lobby: (id: string) => ["lobby", id] as const,
  guestLinks: (id: string) => ["guest-links", id] as const,
  sessions: ["sessions"] as const,
  people: (q: string) => ["people", q] as const,
  allPeople: ["people"] as const,
  groups: ["groups"] as const,
  organisation: ["organisation"] as const,
  apiKeys: ["api-keys"] as const,
  audit: (choice: object) => ["audit", choice] as const,
  addressees: (q: string) => ["addressees", q] as const,
  search: (q: string, choice: object) => ["search", q, choice] as const,
};
