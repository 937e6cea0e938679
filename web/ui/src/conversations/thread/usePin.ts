/** Pin a message, or pin it no more; who may. */
import { useMutation } from "@tanstack/react-query";

import { tellProblem } from "@/base/problems";
import { useLive, useSession } from "@/base/session";
import { api } from "@/conversations/rest";
import type { Conversation, Message } from "@/protocol/conversations";

export function usePin(message: Message) {
  const live = useLive();
  return useMutation({
    mutationFn: (set: boolean) => api.messages.pin(message.conversation_id, message.id, set),
    onSuccess: (changed) => live.stored(changed),
    onError: tellProblem,
  });
}

/** In a talk of two both may; elsewhere staff, and whoever started the group, whom only the server knows. */
export function useMayPin(conversation: Conversation): boolean {
  const { role } = useSession().person;
  return conversation.kind !== "case" || role !== "customer";
}
