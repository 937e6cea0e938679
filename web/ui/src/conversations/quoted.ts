/** Messages that others answer, wherever in the conversation they are; asked for together, kept true by events. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { describeFiles } from "@/files/files";
import type { Message } from "@/protocol/conversations";
import type { MessageWindow } from "@/protocol/messages";

import { keys } from "./keys";
import { api } from "./rest";

const BATCH_MAX = 50;

interface Waiting {
  seq: number;
  resolve: (message: Message | null) => void;
  reject: (error: unknown) => void;
}

const waiting = new Map<string, Waiting[]>();

async function ask(conversationId: string): Promise<void> {
  const all = waiting.get(conversationId) ?? [];
  waiting.delete(conversationId);
  for (let start = 0; start < all.length; start += BATCH_MAX) {
    const batch = all.slice(start, start + BATCH_MAX);
    try {
      const { items } = await api.messages.at(conversationId, [...new Set(batch.map((one) => one.seq))]);
      for (const one of batch) one.resolve(items.find((message) => message.seq === one.seq) ?? null);
    } catch (error) {
      for (const one of batch) one.reject(error);
    }
  }
}

/** All that is asked for in one turn goes in one request. */
function fetchQuoted(conversationId: string, seq: number): Promise<Message | null> {
  return new Promise((resolve, reject) => {
    const batch = waiting.get(conversationId) ?? [];
    if (batch.length === 0) setTimeout(() => void ask(conversationId), 0);
    waiting.set(conversationId, [...batch, { seq, resolve, reject }]);
  });
}

export function useQuoted(conversationId: string, seq: number) {
  const cache = useQueryClient();
  return useQuery({
    queryKey: keys.quoted(conversationId, seq),
    queryFn: () => fetchQuoted(conversationId, seq),
    initialData: () => cache.getQueryData<MessageWindow>(keys.messages(conversationId))?.items.find((message) => message.seq === seq),
    staleTime: Infinity,
  });
}

/** A message in one line. */
export function useExcerpt(message: Message | null | undefined): string {
  const { t } = useTranslation();
  if (message === undefined) return "…";
  if (message === null) return t("conversations.reply.gone");
  if (message.deleted_at_ms !== null) return t("conversations.message.deleted");
  return message.kind === "file" ? describeFiles(message) : message.text;
}
