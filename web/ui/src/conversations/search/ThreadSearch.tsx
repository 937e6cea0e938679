/** Searching within one conversation: hits newest first, from one to the next by keys or arrows. */
import { ActionIcon, CloseButton, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconChevronDown, IconChevronUp, IconSearch } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { ProblemAlert } from "@/base/problems";
import { keys } from "@/conversations/keys";
import { api } from "@/conversations/rest";

import { SEARCH_LENGTH_MIN } from "./searching";
import classes from "./ThreadSearch.module.css";

const DELAY_MS = 250;
const PAGE = 50;

interface ThreadSearchProps {
  conversationId: string;
  onWords: (words: string) => void;
  onGo: (seq: number) => void;
  onClose: () => void;
}

export function ThreadSearch({ conversationId, onWords, onGo, onClose }: ThreadSearchProps) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [words] = useDebouncedValue(text.trim(), DELAY_MS);
  const [at, setAt] = useState({ words: "", place: 0 });
  const place = at.words === words ? at.place : 0;
  const field = useRef<HTMLInputElement>(null);
  const isSearching = words.length >= SEARCH_LENGTH_MIN;
  const query = useInfiniteQuery({
    queryKey: keys.hits(conversationId, words),
    queryFn: ({ pageParam, signal }) => api.conversations.search(words, { conversation_id: conversationId }, pageParam, PAGE, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    enabled: isSearching,
    staleTime: 0,
    gcTime: 60_000,
  });
  const hits = (query.data?.pages ?? []).flatMap((page) => page.messages.map((found) => found.message.seq));
  const first = hits[0];

  useEffect(() => field.current?.focus(), []);
  useEffect(() => onWords(isSearching ? words : ""), [onWords, isSearching, words]);
  const go = useRef(onGo);
  useEffect(() => {
    go.current = onGo;
  });
  // The newest hit at once, as soon as it is known.
  useEffect(() => {
    if (first !== undefined) go.current(first);
  }, [words, first]);

  const step = (by: number) => {
    const next = place + by;
    const seq = hits[next];
    if (seq === undefined) {
      if (by > 0 && query.hasNextPage) void query.fetchNextPage();
      return;
    }
    setAt({ words, place: next });
    onGo(seq);
    if (next + 5 > hits.length && query.hasNextPage) void query.fetchNextPage();
  };
  let status = "";
  if (isSearching && query.data !== undefined) {
    const total = query.hasNextPage ? `${hits.length}+` : String(hits.length);
    status = hits.length === 0 ? t("conversations.search.nothing") : t("conversations.search.place", { place: place + 1, total });
  }
  return (
    <div className={classes.bar} role="search">
      <TextInput
        ref={field}
        type="search"
        size="sm"
        radius="xl"
        className={classes.field ?? ""}
        aria-label={t("conversations.search.within")}
        placeholder={t("conversations.search.within")}
        leftSection={<IconSearch size={17} aria-hidden="true" />}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") onClose();
          else if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
        }}
      />
      <span className={classes.status} role="status">
        {status}
      </span>
      <ActionIcon variant="subtle" color="gray" size={40} radius="xl" aria-label={t("conversations.search.older")} disabled={place + 1 >= hits.length} onClick={() => step(1)}>
        <IconChevronUp size={20} />
      </ActionIcon>
      <ActionIcon variant="subtle" color="gray" size={40} radius="xl" aria-label={t("conversations.search.newer")} disabled={place === 0} onClick={() => step(-1)}>
        <IconChevronDown size={20} />
      </ActionIcon>
      <CloseButton size="lg" aria-label={t("conversations.search.close")} onClick={onClose} />
      {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
    </div>
  );
}
