/** Conversations, messages and calls as the screens ask for them; events keep the answers true. */
import { useInfiniteQuery, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useCallback } from "react";

import { useFeed } from "@/base/session";
import { conversationDoors, type Conversation, type Message, type MessagePlace } from "@/protocol/conversations";
import { applyToWindow, mergePage, type MessageWindow } from "@/protocol/messages";

import { applyToCalls, applyToConversation, applyToList, applyToPins, type ConversationList, mergeConversations, upsertConversation } from "./applying";
import { ConversationsFeed } from "./feed";
import { keys } from "./keys";
import { api, type Call, type Section } from "./rest";

const LIST_PAGE = 50;
const MESSAGE_PAGE = 50;

async function fetchList(feed: ConversationsFeed, section: Section, atLeast: number): Promise<ConversationList> {
  let list: ConversationList = { section, items: [], next: null };
  do {
    const page = await api.conversations.list(section, list.next, LIST_PAGE);
    page.items.forEach((item) => feed.follow(item));
    list = mergeConversations(list, page.items, page.next);
  } while (list.next !== null && list.items.length < atLeast);
  return list;
}

export function useConversationList(section: Section) {
  const feed = useFeed(ConversationsFeed);
  const cache = useQueryClient();
  return useQuery({
    queryKey: keys.conversations(section),
    queryFn: () => {
      const shown = cache.getQueryData<ConversationList>(keys.conversations(section))?.items.length ?? 0;
      return feed.fetched(
        () => fetchList(feed, section, shown),
        (list, update) => applyToList(list, update, feed.selfId),
      );
    },
  });
}

/** Continue the list behind what is shown. */
export function useMoreConversations(section: Section): () => Promise<void> {
  const feed = useFeed(ConversationsFeed);
  const cache = useQueryClient();
  return useCallback(async () => {
    const next = cache.getQueryData<ConversationList>(keys.conversations(section))?.next ?? null;
    if (next === null) return;
    const page = await api.conversations.list(section, next, LIST_PAGE);
    page.items.forEach((item) => feed.follow(item));
    cache.setQueryData<ConversationList>(keys.conversations(section), (old) => old && mergeConversations(old, page.items, page.next));
  }, [feed, cache, section]);
}

function findListed(cache: QueryClient, id: string): Conversation | undefined {
  for (const section of ["direct", "case"] as const) {
    const found = cache.getQueryData<ConversationList>(keys.conversations(section))?.items.find((item) => item.id === id);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function useConversation(id: string, enabled = true) {
  const feed = useFeed(ConversationsFeed);
  const cache = useQueryClient();
  return useQuery({
    queryKey: keys.conversation(id),
    enabled,
    initialData: () => findListed(cache, id),
    queryFn: async () => {
      const conversation = await feed.fetched(
        () => api.conversations.read(id),
        (snapshot, update) => applyToConversation(snapshot, update, feed.selfId),
      );
      feed.follow(conversation);
      return conversation;
    },
  });
}

/** A conversation just made or opened stands in its list without waiting for the event. */
export function rememberConversation(cache: QueryClient, feed: ConversationsFeed, conversation: Conversation): void {
  feed.follow(conversation);
  cache.setQueryData(keys.conversation(conversation.id), conversation);
  for (const section of ["direct", "case"] as const) {
    cache.setQueryData<ConversationList>(keys.conversations(section), (old) => old && upsertConversation(old, conversation));
  }
}

async function fetchWindow(feed: ConversationsFeed, conversation: Conversation, place: MessagePlace): Promise<MessageWindow> {
  return feed.fetched(
    async () => {
      const { items } = await conversationDoors.messages(conversation.id, place, MESSAGE_PAGE);
      const last = items.at(-1)?.seq ?? 0;
      return {
        conversationId: conversation.id,
        items,
        hasOlder: (items[0]?.seq ?? 1) > 1,
        hasNewer: !("newest" in place) && last < conversation.seq,
      };
    },
    applyToWindow,
  );
}

/** Where to begin reading: at the newest, unless more is unread than a page holds. */
function firstPlace(conversation: Conversation, selfId: string): MessagePlace {
  const mark = conversation.marks.find((row) => row.person_id === selfId);
  if (mark === undefined || conversation.seq - mark.read_seq < MESSAGE_PAGE - 10) return { newest: true };
  return { around: Math.max(1, mark.read_seq) };
}

export function useMessages(conversation: Conversation) {
  const feed = useFeed(ConversationsFeed);
  return useQuery({
    queryKey: keys.messages(conversation.id),
    queryFn: () => fetchWindow(feed, conversation, firstPlace(conversation, feed.selfId)),
    gcTime: 10 * 60_000,
  });
}

export interface MessagePaging {
  older: () => Promise<void>;
  newer: () => Promise<void>;
  /** Show the messages around a seq, or the newest. */
  jump: (place: MessagePlace) => Promise<void>;
}

export function useMessagePaging(conversation: Conversation): MessagePaging {
  const feed = useFeed(ConversationsFeed);
  const cache = useQueryClient();
  const { id } = conversation;
  const page = useCallback(
    async (direction: "older" | "newer") => {
      const key = keys.messages(id);
      const window = cache.getQueryData<MessageWindow>(key);
      const edge = direction === "older" ? window?.items[0] : window?.items.at(-1);
      if (window === undefined || edge === undefined) return;
      const mark = feed.log.mark();
      const { items } = await conversationDoors.messages(id, direction === "older" ? { before: edge.seq } : { after: edge.seq }, MESSAGE_PAGE);
      const isEnd = direction === "older" ? (items[0]?.seq ?? 1) <= 1 : items.length < MESSAGE_PAGE;
      cache.setQueryData<MessageWindow>(key, (old) => {
        if (old === undefined) return old;
        return feed.log.since(mark).reduce(applyToWindow, mergePage(old, items, direction, isEnd));
      });
    },
    [cache, feed, id],
  );
  const jump = useCallback(
    async (place: MessagePlace) => {
      const known = cache.getQueryData<Conversation>(keys.conversation(id)) ?? conversation;
      const window = await fetchWindow(feed, known, place);
      cache.setQueryData(keys.messages(id), window);
    },
    [cache, feed, id, conversation],
  );
  return { older: useCallback(() => page("older"), [page]), newer: useCallback(() => page("newer"), [page]), jump };
}

export function useCalls(conversationId: string) {
  const feed = useFeed(ConversationsFeed);
  return useQuery({
    queryKey: keys.calls(conversationId),
    queryFn: () =>
      feed.fetched<readonly Call[]>(
        async () => (await api.conferences.list(conversationId)).items,
        (calls, update) => applyToCalls(calls, conversationId, update),
      ),
  });
}

/** How good the lines of a call were; asked for when somebody looks. */
export function useCallQuality(conferenceId: string) {
  return useQuery({
    queryKey: keys.callQuality(conferenceId),
    queryFn: async () => (await api.conferences.quality(conferenceId)).items,
    staleTime: Infinity,
    // The media worker tells it a moment after the call has ended.
    refetchInterval: ({ state }) => (state.data?.length === 0 && state.dataUpdateCount < 5 ? 2_000 : false),
  });
}

/** Calls before those listed, a page at a time; `next` begins where the list ends. */
export function useOlderCalls(conversationId: string, last: string | undefined) {
  return useInfiniteQuery({
    queryKey: [...keys.calls(conversationId), "older", last],
    queryFn: ({ pageParam }) => api.conferences.list(conversationId, pageParam),
    initialPageParam: last ?? null,
    getNextPageParam: (page) => page.next,
    enabled: false,
  });
}

export function usePins(conversationId: string) {
  const feed = useFeed(ConversationsFeed);
  return useQuery({
    queryKey: keys.pins(conversationId),
    queryFn: () =>
      feed.fetched<readonly Message[]>(
        async () => (await api.messages.pins(conversationId)).items,
        (pins, update) => (update.type === "message" && update.conversation_id === conversationId ? applyToPins(pins, update.message) : pins),
      ),
  });
}

export function usePresence(): ReadonlySet<string> {
  const { data } = useQuery({
    queryKey: keys.presence,
    queryFn: async (): Promise<readonly string[]> => (await api.conversations.presence()).online,
    select: (online) => new Set(online) as ReadonlySet<string>,
  });
  return data ?? NOBODY;
}

const NOBODY: ReadonlySet<string> = new Set();
