/** What a linked page says of itself, under the message; its author can take it away. */
import { CloseButton } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { tellProblem } from "@/base/problems";
import { useLive } from "@/base/session";
import { api, type Card } from "@/conversations/rest";
import type { Message } from "@/protocol/conversations";

import classes from "./LinkCard.module.css";

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}

export function LinkCard({ message, card, isOwn }: { message: Message; card: Card; isOwn: boolean }) {
  const { t } = useTranslation();
  const live = useLive();
  const remove = useMutation({
    mutationFn: () => api.messages.removeCard(message.conversation_id, message.id),
    onSuccess: (changed) => live.stored(changed),
    onError: tellProblem,
  });
  return (
    <div className={classes.card}>
      <a className={classes.link} href={card.url} target="_blank" rel="noopener noreferrer nofollow">
        {card.picture_url !== null && <img className={classes.picture} src={card.picture_url} alt="" loading="lazy" />}
        <span className={classes.words}>
          <span className={classes.site}>{card.site === "" ? hostOf(card.url) : `${card.site} · ${hostOf(card.url)}`}</span>
          <span className={classes.title}>{card.title}</span>
          {card.description !== "" && <span className={classes.description}>{card.description}</span>}
        </span>
      </a>
      {isOwn && (
        <CloseButton className={classes.remove ?? ""} size="sm" aria-label={t("conversations.card.remove")} disabled={remove.isPending} onClick={() => remove.mutate()} />
      )}
    </div>
  );
}
