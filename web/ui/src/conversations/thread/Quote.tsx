/** The line above an answer: who wrote what it answers. A press goes there. */
import { useTranslation } from "react-i18next";

import { useExcerpt, useQuoted } from "@/conversations/quoted";

import classes from "./Quote.module.css";
import { useThreadActions } from "./threadActions";

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
