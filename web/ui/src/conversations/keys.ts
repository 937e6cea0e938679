/** The names under which TanStack Query keeps what the server said of conversations. */
import type { Section } from "./rest";

export const keys = {
  conversations: (section: Section) => ["conversations", section] as const,
  conversation: (id: string) => ["conversation", id] as const,
  messages: (id: string) => ["messages", id] as const,
  quoted: (id: string, seq: number) => ["quoted", id, seq] as const,
  reactions: (messageId: string) => ["reactions", messageId] as const,
  pins: (id: string) => ["pins", id] as const,
  hits: (id: string, q: string) => ["search", id, q] as const,
  calls: (id: string) => ["calls", id] as const,
  callQuality: (id: string) => ["call-quality", id] as const,
  presence: ["presence"] as const,
  addressees: (q: string) => ["addressees", q] as const,
  search: (q: string, choice: object) => ["search", q, choice] as const,
};
