/** The doors of conversations and messages, and their types by name. */
import type { Conversation, MentionBody, Message, Messages } from "@/protocol/conversations";
import type { components } from "@/protocol/generated/schema";
import type { Person } from "@/protocol/people";
import { request } from "@/protocol/rest";

type Schemas = components["schemas"];

export type Card = Schemas["Card"];
export type Call = Schemas["Call"];
export type CallQuality = Schemas["CallQuality"];
export type LineSummary = Schemas["LineSummary"];
export type Reaction = Schemas["Reaction"];
export type Reactions = Schemas["Reactions"];
export type ServiceCase = Schemas["Case"];
export type Conferences = Schemas["Conferences"];
export type Conversations = Schemas["Conversations"];
export type SearchResult = Schemas["SearchResult"];
export type NewConversationBody = Schemas["NewConversationBody"];
export type ConversationBody = Schemas["ConversationBody"];

/** Which messages a search looks at; nothing said: all. Times in UTC ms, `until_ms` not included. */
export interface MessageChoice {
  conversation_id?: string | null;
  author_id?: string | null;
  kind?: "text" | "file" | "call" | "board" | null;
  since_ms?: number | null;
  until_ms?: number | null;
}

/** The two halves of the list of conversations. */
export type Section = "direct" | "case";

declare module "@/protocol/socketEvents" {
  interface SocketEvents {
    "presence:changed": Schemas["PresenceChanged"];
  }
}

const id = encodeURIComponent;

export const api = {
  people: {
    addressees: (q: string, signal?: AbortSignal) =>
      request<{ items: Person[] }>("GET", "addressees", { query: { q }, ...(signal && { signal }) }),
  },
  conversations: {
    list: (kind: Section, cursor: string | null, limit: number) =>
      request<Conversations>("GET", "conversations", { query: { kind, cursor, limit } }),
    read: (conversation: string) => request<Conversation>("GET", `conversations/${id(conversation)}`),
    create: (body: NewConversationBody) => request<Conversation>("POST", "conversations", { json: body }),
    change: (conversation: string, body: ConversationBody) =>
      request<Conversation>("PATCH", `conversations/${id(conversation)}`, { json: body }),
    addMembers: (conversation: string, person_ids: string[]) =>
      request<unknown>("POST", `conversations/${id(conversation)}/members`, { json: { person_ids } }),
    silence: (conversation: string, silent: boolean) => request<undefined>("PUT", `conversations/${id(conversation)}/silence`, { json: { silent } }),
    removeMember: (conversation: string, person: string) =>
      request<undefined>("DELETE", `conversations/${id(conversation)}/members/${id(person)}`),
    search: (q: string, choice: MessageChoice, cursor: string | null, limit: number, signal?: AbortSignal) =>
      request<SearchResult>("GET", "search", { query: { q, ...choice, cursor, limit }, ...(signal && { signal }) }),
    presence: () => request<{ online: string[] }>("GET", "presence"),
  },
  messages: {
    /** Messages at these places; what is not there is left out. */
    at: (conversation: string, seqs: readonly number[]) =>
      request<Messages>("GET", `conversations/${id(conversation)}/messages`, { query: { seqs: seqs.join(",") } }),
    post: (conversation: string, client_id: string, text: string, reply_to: string | null, mentions: MentionBody[]) =>
      request<Message>("POST", `conversations/${id(conversation)}/messages`, { json: { client_id, text, reply_to, mentions } }),
    pins: (conversation: string) => request<Messages>("GET", `conversations/${id(conversation)}/pins`),
    pin: (conversation: string, message: string, set: boolean) =>
      request<Message>(set ? "PUT" : "DELETE", `conversations/${id(conversation)}/messages/${id(message)}/pin`),
    compose: (conversation: string, message: string, wanted: boolean) =>
      request<Message>(wanted ? "POST" : "DELETE", `conversations/${id(conversation)}/messages/${id(message)}/composition`),
    removeCard: (conversation: string, message: string) =>
      request<Message>("DELETE", `conversations/${id(conversation)}/messages/${id(message)}/card`),
    forward: (conversation: string, message: string, client_id: string, conversation_ids: string[]) =>
      request<Messages>("POST", `conversations/${id(conversation)}/messages/${id(message)}/forward`, { json: { client_id, conversation_ids } }),
    reactions: (conversation: string, message: string) =>
      request<Reactions>("GET", `conversations/${id(conversation)}/messages/${id(message)}/reactions`),
    react: (conversation: string, message: string, emoji: string, set: boolean) =>
      request<Message>("PUT", `conversations/${id(conversation)}/messages/${id(message)}/reactions`, { json: { emoji, set } }),
    edit: (conversation: string, message: string, text: string, mentions: MentionBody[]) =>
      request<Message>("PATCH", `conversations/${id(conversation)}/messages/${id(message)}`, { json: { text, mentions } }),
    remove: (conversation: string, message: string) =>
      request<undefined>("DELETE", `conversations/${id(conversation)}/messages/${id(message)}`),
  },
  conferences: {
    list: (conversation: string, cursor: string | null = null) =>
      request<Conferences>("GET", `conversations/${id(conversation)}/conferences`, { query: { cursor } }),
    quality: (conference: string) => request<CallQuality>("GET", `conferences/${id(conference)}/quality`),
  },
};
