/** Where a conversation of a visit is shown: at the desk. */
import type { QueryClient } from "@tanstack/react-query";

import { keys } from "@/base/keys";
import type { Queue, Visit } from "@/protocol/deskTypes";

/** The visit in hand whose conversation, or whose colleagues', this is; null: it is none. */
export function visitOf(cache: QueryClient, conversationId: string): Visit | null {
  const visits = cache.getQueryData<Queue>(keys.queue)?.visits ?? [];
  return visits.find((visit) => visit.conversation_id === conversationId || visit.team_conversation_id === conversationId) ?? null;
}
