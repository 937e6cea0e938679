/** The line above an answer: who wrote what it answers. A press goes there. */
import { useTranslation } from "react-i18next";

import { describeFiles } from "@/files/files";
import type { Message } from "@/protocol/types";

import classes from "./Quote.module.css";
import { useQuoted } from "./quoted";
import { useThreadActions } from "./threadActions";

/** A message in one line. */
export function useExcerpt(message: Message | null | undefined): string {
  const { t } = useTranslation();
  if (message === undefined) return "…";
  if (message === null) return t("conversations.reply.gone");
  if (message.deleted_at_ms !== null) return t("conversations.message.deleted");
  return message.kind === "file" ? describeFiles(message) : message.text;
}

interface QuoteProps {
  conversationId: string;
  seq: number;
}

export function Quote({ conversationId, seq }: QuoteProps) {
  const { t } = useTranslation();
  const { goTo } = useThreadActions();
  const { data, isError } = useQuoted(conversationId, seq);
  const excerpt = useExcerpt(isError ? null : data);
  const name = data?.author.name ?? "";
  return (
    <button
      type="button"
      className={classes.quote}
      aria-label={t("conversations.reply.goTo", { name, text: excerpt })}
      onClick={() => goTo(seq)}
    >
      {name !== "" && <span className={classes.author}>{name}</span>}
      <span className={classes.excerpt} data-deleted={(data !== undefined && (data === null || data.deleted_at_ms !== null)) || undefined}>
        {excerpt}
      </span>
    </button>
  );
}
