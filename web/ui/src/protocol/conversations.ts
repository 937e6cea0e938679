/** Conversations and messages by name, and what is asked of them both in the application and in the widget. */
import type { components } from "@/protocol/generated/schema";

import { request } from "./rest";

type Schemas = components["schemas"];

export type Author = Schemas["Author"];
export type Message = Schemas["Message"];
export type Reply = Schemas["Reply"];
export type Mention = Schemas["Mention"];
export type MentionBody = Schemas["MentionBody"];
export type MessageFile = Schemas["File"];
export type Messages = Schemas["Messages"];
export type Member = Schemas["Member"];
export type Mark = Schemas["Mark"];
export type Conversation = Schemas["Conversation"];
export type ConversationHead = Schemas["ConversationHead"];
export type Change = Schemas["Changes"]["items"][number];
export type Changes = Schemas["Changes"];

/** Which messages of a conversation: the newest, those beside a seq, or those around one. */
export type MessagePlace = { before: number } | { after: number } | { around: number } | { newest: true };

const id = encodeURIComponent;

export const conversationDoors = {
  messages: (conversation: string, place: MessagePlace, limit: number) =>
    request<Messages>("GET", `conversations/${id(conversation)}/messages`, {
      query: { ...("newest" in place ? {} : place), limit },
    }),
  changes: (conversation: string, after: number) =>
    request<Changes>("GET", `conversations/${id(conversation)}/changes`, { query: { after } }),
};
