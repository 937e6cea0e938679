/** Search over titles, people and words (CONF-022). */
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Empty } from "@/app/Empty";
import { useFormats } from "@/app/formats";
import { keys } from "@/app/keys";
import { Loading } from "@/app/Loading";
import { ProblemAlert } from "@/app/problems";
import { useSession } from "@/app/session";
import { api } from "@/protocol/api";

import classes from "./ListPane.module.css";
import { usePresence } from "./queries";
import { Tile } from "./Tile";
import { titleOf } from "./titles";

/** Fold as the server does, letter for letter, so that places in the folded text are places in the original. */
function foldLetters(text: string): string {
  return Array.from(text)
    .map((letter) => {
      const folded = letter.toLowerCase().replace("ł", "l").normalize("NFD").replace(/\p{M}/gu, "");
      return folded.length === letter.length ? folded : letter;
    })
    .join("");
}

/** Mark the beginnings of words that were searched. */
function highlight(text: string, words: string): ReactNode[] {
  const wanted = foldLetters(words).split(/\s+/).filter(Boolean);
  const folded = foldLetters(text);
  const parts: ReactNode[] = [];
  let done = 0;
  for (const match of folded.matchAll(/[\p{L}\p{N}]+/gu)) {
    const hit = wanted.filter((word) => match[0].startsWith(word)).sort((a, b) => b.length - a.length)[0];
    if (hit === undefined) continue;
    parts.push(text.slice(done, match.index), <mark key={match.index}>{text.slice(match.index, match.index + hit.length)}</mark>);
    done = match.index + hit.length;
  }
  parts.push(text.slice(done));
  return parts;
}

/** The part of a long text around the first hit. */
function excerpt(text: string, words: string): string {
  const first = foldLetters(words).split(/\s+/)[0] ?? "";
  const place = foldLetters(text).indexOf(first);
  return place > 60 ? `…${text.slice(place - 40)}` : text;
}

export function SearchResults({ words, openId }: { words: string; openId: string | null }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const online = usePresence();
  const selfId = useSession().person.id;
  const query = useQuery({
    queryKey: keys.search(words),
    queryFn: ({ signal }) => api.conversations.search(words, null, signal),
    staleTime: 0,
    gcTime: 60_000,
  });
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data === undefined) return <Loading />;
  const { conversations, messages } = query.data;
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
                    {highlight(excerpt(message.text, words), words)}
                  </span>
                </Link>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
