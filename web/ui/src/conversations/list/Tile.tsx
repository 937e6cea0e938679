/** One conversation in the list: name, last message, time, unread, running conference. */
import { Button } from "@mantine/core";
import { IconAt, IconNotebook, IconTool, IconUsersGroup, IconVideo } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { useFormats } from "@/base/formats";
import { Picture } from "@/base/people";
import { useFeed, useSession } from "@/base/session";
import { useValue } from "@/base/useValue";
import { ConversationsFeed } from "@/conversations/feed";
import { describeSystemLine, otherMember, titleOf } from "@/conversations/titles";
import { openConference } from "@/conversations/windows";
import { describeFiles } from "@/files/files";
import type { Conversation } from "@/protocol/conversations";
import { isWritten } from "@/protocol/messages";

import classes from "./ListPane.module.css";

export function ConversationIcon({ conversation, online, size = 44 }: { conversation: Conversation; online?: ReadonlySet<string>; size?: number }) {
  const { t } = useTranslation();
  const selfId = useSession().person.id;
  const other = otherMember(conversation, selfId);
  if (conversation.kind === "direct" && other !== undefined) {
    return (
      <Picture
        id={other.person_id}
        name={other.name}
        url={other.avatar_url}
        size={size}
        {...(online && { online: online.has(other.person_id), onlineLabel: t("conversations.online") })}
      />
    );
  }
  const Icon = conversation.kind === "case" ? IconTool : conversation.kind === "notes" ? IconNotebook : IconUsersGroup;
  return (
    <span className={classes.caseIcon} aria-hidden="true">
      <Icon size={22} stroke={1.7} />
    </span>
  );
}

function usePreview(conversation: Conversation): { text: string; isTyping: boolean } {
  const { t } = useTranslation();
  const { duration } = useFormats();
  const feed = useFeed(ConversationsFeed);
  const writers = useValue(feed.typing.people)[conversation.id] ?? [];
  const message = conversation.last_message;
  if (writers.length > 0) return { text: t("conversations.typing.short"), isTyping: true };
  if (message === null) return { text: t("conversations.noMessages"), isTyping: false };
  if (!isWritten(message)) return { text: describeSystemLine(message, feed.selfId, duration), isTyping: false };
  const text = message.deleted_at_ms !== null ? t("conversations.message.deleted") : message.kind === "file" ? describeFiles(message) : message.text;
  if (message.author.id === feed.selfId) return { text: t("conversations.preview.own", { text }), isTyping: false };
  if (conversation.kind === "direct") return { text, isTyping: false };
  return { text: t("conversations.preview.other", { name: message.author.name.split(" ")[0], text }), isTyping: false };
}

export function Tile({ conversation, isOpen, online }: { conversation: Conversation; isOpen: boolean; online: ReadonlySet<string> }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const selfId = useSession().person.id;
  const preview = usePreview(conversation);
  const call = conversation.conference;
  const draft = useValue(useFeed(ConversationsFeed).drafts.store)[conversation.id];
  const isDraftShown = draft !== undefined && draft.text.trim() !== "" && !isOpen && !preview.isTyping;
  return (
    <div className={classes.tileWrap} data-open={isOpen || undefined}>
      <Link
        to="/conferencing/$conversationId"
        params={{ conversationId: conversation.id }}
        className={classes.tile}
        data-unread={conversation.unread > 0 || undefined}
        aria-current={isOpen ? "page" : undefined}
      >
        <ConversationIcon conversation={conversation} online={online} />
        <span className={classes.tileBody}>
          <span className={classes.line}>
            <span className={classes.name}>{titleOf(conversation, selfId)}</span>
            <time className={classes.time} dateTime={new Date(conversation.last_activity_at_ms).toISOString()}>
              {formats.brief(conversation.last_activity_at_ms)}
            </time>
          </span>
          {conversation.case !== null && (
            <span className={classes.line}>
              <span className={classes.number}>
                {conversation.case.number} · {conversation.case.customer_group_name}
              </span>
            </span>
          )}
          <span className={classes.line}>
            {isDraftShown ? (
              <span className={classes.preview}>
                <span className={classes.draft}>{t("conversations.draft")}</span> {draft.text}
              </span>
            ) : (
              <span className={`${classes.preview ?? ""} ${preview.isTyping ? (classes.typing ?? "") : ""}`}>{preview.text}</span>
            )}
            {conversation.mentions.length > 0 && (
              <span className={classes.unread}>
                <IconAt size={14} stroke={2.4} aria-hidden="true" />
                <span className="visually-hidden">{t("conversations.mention.you")}</span>
              </span>
            )}
            {conversation.unread > 0 && (
              <span className={classes.unread}>
                <span aria-hidden="true">{conversation.unread > 99 ? "99+" : conversation.unread}</span>
                <span className="visually-hidden">{t("common.unread", { count: conversation.unread })}</span>
              </span>
            )}
          </span>
        </span>
      </Link>
      {call !== null && (
        <div className={classes.call}>
          <span className={classes.live}>
            <IconVideo size={16} aria-hidden="true" />
            {call.participants.length === 0
              ? t("conversations.call.starting")
              : t("conversations.call.running", { count: call.participants.length })}
          </span>
          <Button size="compact-sm" color="green" onClick={() => openConference(conversation.id)}>
            {t("conversations.call.join")}
          </Button>
        </div>
      )}
    </div>
  );
}
