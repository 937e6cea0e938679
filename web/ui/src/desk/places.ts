/** Where a conversation of a visit is shown: at the desk. */
import type { QueryClient } from "@tanstack/react-query";

import type { Place } from "@/conversations/slots";

import { nameOf } from "./describing";
import { keys } from "./keys";
import type { Queue, Visit } from "./rest";

/** The visit in hand whose conversation, or whose colleagues', this is; null: it is none. */
export function visitOf(cache: QueryClient, conversationId: string): Visit | null {
  const visits = cache.getQueryData<Queue>(keys.queue)?.visits ?? [];
  return visits.find((visit) => visit.conversation_id === conversationId || visit.team_conversation_id === conversationId) ?? null;
}

/** The same for whoever tells of a message. */
export function placeOfVisit(cache: QueryClient, conversationId: string): Place | null {
  const visit = visitOf(cache, conversationId);
  if (visit === null) return null;
  return { path: `/desk/${visit.id}`, authorName: ({ author }) => (author.kind === "visitor" ? nameOf(visit.visitor) : author.name) };
}
