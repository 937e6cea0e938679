/** Set or take back one's reaction to a message. */
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { tellProblem } from "@/base/problems";
import { useLive } from "@/base/session";
import { keys } from "@/conversations/keys";
import { api } from "@/conversations/rest";
import type { Message } from "@/protocol/conversations";

export function useReact(message: Message) {
  const live = useLive();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ emoji, set }: { emoji: string; set: boolean }) => api.messages.react(message.conversation_id, message.id, emoji, set),
    onSuccess: (changed) => {
      live.stored(changed);
      void cache.invalidateQueries({ queryKey: keys.reactions(message.id) });
    },
    onError: tellProblem,
  });
}
