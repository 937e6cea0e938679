/** Search over titles, people and words (CONF-022). */
import { Button, Select } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Empty } from "@/base/Empty";
import { useFormats } from "@/base/formats";
import { Loading } from "@/base/Loading";
import { ProblemAlert } from "@/base/problems";
import { useLive, useSession } from "@/base/session";
import { keys } from "@/conversations/keys";
import { useConversationList, usePresence } from "@/conversations/queries";
import { api, type MessageChoice } from "@/conversations/rest";
import { foldLetters, highlight } from "@/conversations/search/highlight";
import { describeSystemLine, titleOf } from "@/conversations/titles";
import { describeFiles } from "@/files/files";
import type { Message } from "@/protocol/conversations";
import { serverNow } from "@/protocol/serverClock";

import classes from "./ListPane.module.css";
import { Tile } from "./Tile";

const FOUND_PAGE = 30;

/** The part of a long text around the first hit. */
function excerpt(text: string, words: string): string {
  const first = foldLetters(words).split(/\s+/)[0] ?? "";
  const place = foldLetters(text).indexOf(first);
  return place > 60 ? `…${text.slice(place - 40)}` : text;
}

const DAY_MS = 86_400_000;
const PERIODS_DAYS = [1, 7, 30, 365];
const KINDS = ["text", "file", "call", "board"] as const;

function isKind(value: string | null): value is (typeof KINDS)[number] {
  return KINDS.some((kind) => kind === value);
}

// locale-keys: conversations.search.kind.*
/** Whose messages, how old, and of what kind. */
export function SearchFilters({ choice, onChange }: { choice: MessageChoice; onChange: (choice: MessageChoice) => void }) {
  const { t, i18n } = useTranslation();
  const { person } = useSession();
  const direct = useConversationList("direct").data;
  const cases = useConversationList("case").data;
  const [days, setDays] = useState<string | null>(null);
  const members = [...(direct?.items ?? []), ...(cases?.items ?? [])].flatMap((conversation) => conversation.members);
  const names = new Map(members.filter((member) => member.person_id !== person.id).map((member) => [member.person_id, member.name]));
  const others = [...names].map(([value, label]) => ({ value, label })).sort((a, b) => a.label.localeCompare(b.label, i18n.language));
  const people = [{ value: person.id, label: t("conversations.search.myself") }, ...others];
  return (
    <div className={classes.filters}>
      <Select
        size="xs"
        clearable
        searchable
        aria-label={t("conversations.search.author")}
        placeholder={t("conversations.search.author")}
        nothingFoundMessage={t("conversations.search.nothing")}
        data={people}
        value={choice.author_id ?? null}
        onChange={(author_id) => onChange({ ...choice, author_id })}
      />
      <Select
        size="xs"
        clearable
        aria-label={t("conversations.search.period")}
        placeholder={t("conversations.search.period")}
        data={PERIODS_DAYS.map((count) => ({ value: String(count), label: t("conversations.search.days", { count }) }))}
        value={days}
        onChange={(value) => {
          setDays(value);
          onChange({ ...choice, since_ms: value === null ? null : serverNow() - Number(value) * DAY_MS });
        }}
      />
      <Select
        size="xs"
        clearable
        aria-label={t("conversations.search.kindLabel")}
        placeholder={t("conversations.search.kindLabel")}
        data={KINDS.map((kind) => ({ value: kind, label: t(`conversations.search.kind.${kind}`) }))}
        value={choice.kind ?? null}
        onChange={(kind) => onChange({ ...choice, kind: isKind(kind) ? kind : null })}
      />
    </div>
  );
}

/** What a found message shows. */
function useFoundText(): (message: Message) => string {
  const { selfId } = useLive();
  const { duration } = useFormats();
  return (message) => {
    if (message.kind === "file") return describeFiles(message);
    return message.kind === "text" ? message.text : describeSystemLine(message, selfId, duration);
  };
}

export function SearchResults({ words, choice, openId }: { words: string; choice: MessageChoice; openId: string | null }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const online = usePresence();
  const selfId = useSession().person.id;
  const textOf = useFoundText();
  const query = useInfiniteQuery({
    queryKey: keys.search(words, choice),
    queryFn: ({ pageParam, signal }) => api.conversations.search(words, choice, pageParam, FOUND_PAGE, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    staleTime: 0,
    gcTime: 60_000,
  });
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data === undefined) return <Loading />;
  const conversations = query.data.pages.flatMap((page) => page.conversations);
  const messages = query.data.pages.flatMap((page) => page.messages);
  const titles = new Map(conversations.map((row) => [row.id, titleOf(row, selfId)]));
  return (
    <div>
      <div role="status" className="visually-hidden">
        {t("conversations.search.found", { count: conversations.length + messages.length })}
      </div>
      {conversations.length === 0 && messages.length === 0 && (
        <Empty icon={IconSearch} title={t("conversations.search.nothing")} text={t("conversations.search.nothingText")} />
      )}
      {conversations.length > 0 && (
        <>
          <h3 className={classes.heading}>{t("conversations.search.conversations")}</h3>
          <ul className={classes.tiles}>
            {conversations.map((conversation) => (
              <li key={conversation.id}>
                <Tile conversation={conversation} isOpen={conversation.id === openId} online={online} />
              </li>
            ))}
          </ul>
        </>
      )}
      {messages.length > 0 && (
        <>
          <h3 className={classes.heading}>{t("conversations.search.messages")}</h3>
          <ul className={classes.tiles}>
            {messages.map(({ message, title, conversation_id }) => (
              <li key={message.id}>
                <Link
                  to="/conferencing/$conversationId"
                  params={{ conversationId: conversation_id }}
                  search={{ seq: message.seq }}
                  className={classes.found}
                >
                  <span className={classes.line}>
                    <span className={classes.name}>{title !== "" ? title : (titles.get(conversation_id) ?? message.author.name)}</span>
                    <time className={classes.time}>{formats.brief(message.created_at_ms)}</time>
                  </span>
                  <span className={classes.foundText}>
                    {t("conversations.preview.other", { name: message.author.name, text: "" })}
                    {highlight(excerpt(textOf(message), words), words)}
                  </span>
                </Link>
              </li>
            ))}
          </ul>
          {query.hasNextPage && (
            <Button variant="subtle" fullWidth my="xs" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              {t("common.more")}
            </Button>
          )}
        </>
      )}
    </div>
  );
}
