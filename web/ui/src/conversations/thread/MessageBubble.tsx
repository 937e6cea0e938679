/** One message: author, picture, text with links, time, how far it got, and what its author may do with it. */
import { ActionIcon, Tooltip } from "@mantine/core";
import { IconArrowBackUp, IconArrowForwardUp, IconCheck, IconChecks, IconPinFilled } from "@tabler/icons-react";
import { memo, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "@/base/formats";
import { Picture } from "@/base/people";
import { useFillings } from "@/base/slots";
import { messageContents } from "@/conversations/slots";
import { authorName } from "@/conversations/titles";
import { FileAttachments } from "@/files/FileAttachments";
import type { Mark, Member, Message } from "@/protocol/conversations";

import { LinkCard } from "./LinkCard";
import { MessageMenu } from "./MessageMenu";
import { MessageText } from "./MessageText";
import { Quote } from "./Quote";
import { Reactions } from "./Reactions";
import classes from "./MessageBubble.module.css";
import { useThreadActions } from "./threadActions";
import { useLongPress } from "./useLongPress";

type Reach = "sent" | "delivered" | "read";

/** How far a message of one's own got: read means by everybody else. */
function reachOf(message: Message, marks: readonly Mark[], others: readonly Member[]): { reach: Reach; readers: string[] } {
  const readers: string[] = [];
  let received = 0;
  for (const member of others) {
    const mark = marks.find((row) => row.person_id === member.person_id);
    if (mark === undefined) continue;
    if (mark.read_seq >= message.seq) readers.push(member.name);
    if (Math.max(mark.delivered_seq, mark.read_seq) >= message.seq) received += 1;
  }
  if (others.length > 0 && readers.length === others.length) return { reach: "read", readers };
  return { reach: received > 0 ? "delivered" : "sent", readers };
}

function ReachMark({ message, marks, members }: { message: Message; marks: readonly Mark[]; members: readonly Member[] }) {
  const { t } = useTranslation();
  const others = members.filter((member) => member.person_id !== message.author.id && member.left_at_ms === null);
  if (others.length === 0) return null;
  const { reach, readers } = reachOf(message, marks, others);
  const labels: Record<Reach, string> = {
    sent: t("conversations.reach.sent"),
    delivered: t("conversations.reach.delivered"),
    read: t("conversations.reach.read"),
  };
  const label = readers.length > 0 && others.length > 1 ? t("conversations.reach.readBy", { names: readers.join(", ") }) : labels[reach];
  const Icon = reach === "sent" ? IconCheck : IconChecks;
  return (
    <Tooltip label={label}>
      <span className={classes.reach} data-reach={reach} role="img" aria-label={label}>
        <Icon size={16} />
      </span>
    </Tooltip>
  );
}

/** What a message carries beside its text. */
function Carried({ message }: { message: Message }) {
  const content = useFillings(messageContents).find(({ matches }) => matches(message));
  if (content === undefined) return message.kind === "file" && <FileAttachments message={message} />;
  return (
    <Suspense fallback={null}>
      <content.Content message={message} />
    </Suspense>
  );
}

interface BubbleProps {
  message: Message;
  marks: readonly Mark[];
  members: readonly Member[];
  isOwn: boolean;
  isFirst: boolean;
  isLast: boolean;
  isHighlighted: boolean;
}

export const MessageBubble = memo(function MessageBubble(props: BubbleProps) {
  const { message, marks, members, isOwn, isFirst, isLast, isHighlighted } = props;
  const { t } = useTranslation();
  const { time, dateTime } = useFormats();
  const actions = useThreadActions();
  const [isMenuOpen, setMenuOpen] = useState(false);
  const isDeleted = message.deleted_at_ms !== null;
  const reactions = message.reactions ?? [];
  const press = useLongPress(() => {
    if (!isDeleted) setMenuOpen(true);
  });
  return (
    <article
      className={classes.message}
      data-own={isOwn || undefined}
      data-first={isFirst || undefined}
      data-row={`seq ${message.seq}`}
      data-seq={message.seq}
      data-message-id={message.id}
      aria-label={t("conversations.message.label", { name: authorName(message.author), time: time(message.created_at_ms) })}
    >
      {!isOwn && (
        <div className={classes.picture}>
          {isFirst && <Picture id={message.author.id} name={message.author.name} url={message.author.avatar_url} size={34} />}
        </div>
      )}
      <div className={classes.column}>
        {isFirst && !isOwn && <span className={classes.author}>{authorName(message.author)}</span>}
        <div className={classes.bubbleLine}>
          <div className={classes.bubble} data-deleted={isDeleted || undefined} data-files={message.kind === "file" || undefined} data-highlighted={isHighlighted || undefined} {...press}>
            {message.forwarded && (
              <p className={classes.forwarded}>
                <IconArrowForwardUp size={14} aria-hidden="true" />
                {message.forwarded.author ? t("conversations.forward.from", { name: message.forwarded.author.name }) : t("conversations.forward.fromSomebody")}
              </p>
            )}
            {message.reply && <Quote conversationId={message.conversation_id} seq={message.reply.seq} />}
            {!isDeleted && <Carried message={message} />}
            {(isDeleted || message.text !== "") && <p className={classes.text}>{isDeleted ? t("conversations.message.deleted") : <MessageText text={message.text} mentions={message.mentions} searched={actions.searched} />}</p>}
          </div>
          {!isDeleted && (
            <>
              <MessageMenu message={message} isOwn={isOwn} opened={isMenuOpen} onChange={setMenuOpen} />
              <ActionIcon
                variant="subtle"
                color="gray"
                size={32}
                radius="xl"
                className={`${classes.actions ?? ""} ${classes.mouseOnly ?? ""}`}
                aria-label={t("conversations.message.reply")}
                onClick={() => actions.reply(message)}
              >
                <IconArrowBackUp size={18} />
              </ActionIcon>
            </>
          )}
        </div>
        {message.card && <LinkCard message={message} card={message.card} isOwn={isOwn} />}
        {reactions.length > 0 && <Reactions message={message} reactions={reactions} />}
        {(isLast || message.edited_at_ms !== null || message.pinned) && (
          <span className={classes.meta}>
            {message.pinned && <IconPinFilled size={13} role="img" aria-label={t("conversations.pin.pinned")} />}
            <time dateTime={new Date(message.created_at_ms).toISOString()} title={dateTime(message.created_at_ms)}>
              {time(message.created_at_ms)}
            </time>
            {message.edited_at_ms !== null && !isDeleted && <span>{t("conversations.message.edited")}</span>}
            {isOwn && !isDeleted && <ReachMark message={message} marks={marks} members={members} />}
          </span>
        )}
      </div>
    </article>
  );
});
