/** Tell the senders that their messages have arrived in this browser. */
import { useEffect, useRef } from "react";

import { useLive } from "@/base/session";
import type { Conversation } from "@/protocol/conversations";

import { useConversationList } from "./queries";

const PATIENCE_MS = 400;

function undelivered(conversation: Conversation, selfId: string): number | null {
  const mark = conversation.marks.find((row) => row.person_id === selfId);
  return mark !== undefined && mark.delivered_seq < conversation.seq ? conversation.seq : null;
}

export function useDeliveredMarks(): void {
  const live = useLive();
  const direct = useConversationList("direct").data?.items;
  const cases = useConversationList("case").data?.items;
  const sent = useRef(new Map<string, number>());
  useEffect(() => {
    const timer = setTimeout(() => {
      if (live.socket.linkState !== "online") return;
      for (const conversation of [...(direct ?? []), ...(cases ?? [])]) {
        const seq = undelivered(conversation, live.selfId);
        if (seq === null || (sent.current.get(conversation.id) ?? 0) >= seq) continue;
        sent.current.set(conversation.id, seq);
        live.socket.hint("mark:move", { conversation_id: conversation.id, delivered_seq: seq });
      }
    }, PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [live, direct, cases]);
}
