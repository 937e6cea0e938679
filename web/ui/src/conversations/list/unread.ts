/** Unread messages over all loaded conversations, also in the page's title. */
import { useEffect } from "react";

import { useConversationList } from "@/conversations/queries";

export function useUnreadTotal(): number {
  const direct = useConversationList("direct").data?.items ?? [];
  const cases = useConversationList("case").data?.items ?? [];
  const total = [...direct, ...cases].reduce((sum, conversation) => sum + conversation.unread, 0);
  useEffect(() => {
    document.title = total > 0 ? `(${String(Math.min(total, 99))}${total > 99 ? "+" : ""}) Centrala` : "Centrala";
  }, [total]);
  return total;
}
