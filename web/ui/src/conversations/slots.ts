/** Places that conversations leave open for others. */
import type { QueryClient } from "@tanstack/react-query";
import type { ComponentType } from "react";

import { Slot } from "@/base/slots";
import type { Message } from "@/protocol/conversations";

/** How messages of one kind are drawn in their bubble, in place of text and files alone. */
export interface MessageContent {
  matches: (message: Message) => boolean;
  Content: ComponentType<{ message: Message }>;
}

/** Where a conversation is shown that stands in no list of conversations. */
export interface Place {
  path: string;
  /** What the author of a message is called there. */
  authorName: (message: Message) => string;
}

export const messageContents = new Slot<MessageContent>();

/** Of a conversation's details: what belongs to its people. */
export const detailsOfPeople = new Slot<ComponentType<{ conversationId: string }>>();

/** null: the conversation is not shown there. */
export const places = new Slot<(cache: QueryClient, conversationId: string) => Place | null>();
