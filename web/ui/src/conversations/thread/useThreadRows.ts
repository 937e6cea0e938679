/** What a thread shows: the messages that are loaded, with what is on its way from here below the last of them. */
import { useCallback, useMemo, useSyncExternalStore } from "react";

import { useFormats } from "@/base/formats";
import { useFeed } from "@/base/session";
import { useValue } from "@/base/useValue";
import { ConversationsFeed } from "@/conversations/feed";
import { useMessages } from "@/conversations/queries";
import { FilesFeed } from "@/files/feed";
import type { Conversation } from "@/protocol/conversations";

import { buildRows } from "./rows";
import { useNewAfter } from "./useNewAfter";

/** hasNewer  later messages than those shown are known of, and not loaded */
export function useThreadRows(conversation: Conversation) {
  const { selfId, outbox } = useFeed(ConversationsFeed);
  const { dayKey } = useFormats();
  const query = useMessages(conversation);
  const pending = useSyncExternalStore(
    useCallback((listener: () => void) => outbox.subscribe(listener), [outbox]),
    () => outbox.list,
  );
  const batches = useValue(useFeed(FilesFeed).uploads.batches);
  const newAfterSeq = useNewAfter(conversation, selfId);
  const messages = query.data?.items;
  const hasNewer = query.data !== undefined && (query.data.hasNewer || (query.data.items.at(-1)?.seq ?? 0) < conversation.seq);
  const rows = useMemo(
    () =>
      buildRows({
        messages: messages ?? [],
        pending: hasNewer ? [] : pending.filter((entry) => entry.conversation_id === conversation.id),
        uploads: hasNewer ? [] : batches.filter((batch) => batch.conversation_id === conversation.id),
        selfId,
        newAfterSeq,
        dayKey,
      }),
    [messages, hasNewer, pending, batches, conversation.id, selfId, newAfterSeq, dayKey],
  );
  return { query, rows, hasNewer };
}
