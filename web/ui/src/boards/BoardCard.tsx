/** A whiteboard in the conversation: its small picture, who made it and when; it opens by a click (CONF-013). */
import { UnstyledButton } from "@mantine/core";
import { IconChalkboard } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { useFormats } from "@/base/formats";
import type { Message } from "@/protocol/conversations";

import classes from "./boards.module.css";
import { openBoard } from "./windows";

export function BoardPicture({ url }: { url: string | null }) {
  return <span className={classes.picture}>{url === null ? <IconChalkboard size={34} stroke={1.4} aria-hidden="true" /> : <img src={url} alt="" loading="lazy" decoding="async" />}</span>;
}

export function BoardCard({ message, isOwn }: { message: Message; isOwn: boolean }) {
  const { t } = useTranslation();
  const { time, dateTime } = useFormats();
  const body = message.body ?? {};
  const boardId = typeof body.board_id === "string" ? body.board_id : null;
  const title = typeof body.title === "string" && body.title !== "" ? body.title : t("boards.untitled");
  const isDeleted = message.deleted_at_ms !== null || boardId === null;
  return (
    <article
      className={classes.cardRow}
      data-own={isOwn || undefined}
      data-row={`seq ${message.seq}`}
      data-seq={message.seq}
      aria-label={t("conversations.message.label", { name: message.author.name, time: time(message.created_at_ms) })}
    >
      {isDeleted ? (
        <span className={classes.small}>{t("conversations.message.deleted")}</span>
      ) : (
        <UnstyledButton className={classes.card} onClick={() => openBoard(boardId)}>
          <BoardPicture url={typeof body.preview_url === "string" ? body.preview_url : null} />
          <span className={classes.caption}>
            <strong>
              <span className="visually-hidden">{t("boards.open")} </span>
              {title}
            </strong>
            <span className={classes.small}>{message.author.name}</span>
          </span>
        </UnstyledButton>
      )}
      <time className={classes.small} dateTime={new Date(message.created_at_ms).toISOString()} title={dateTime(message.created_at_ms)}>
        {time(message.created_at_ms)}
      </time>
    </article>
  );
}
