/** Messages, day lines, system lines and what is still on its way. */
import { Button, Group, Loader, Modal, Text, UnstyledButton } from "@mantine/core";
import { IconAlertCircle, IconPhone } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { memo } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "@/base/formats";
import { ProblemAlert } from "@/base/problems";
import { useFeed, useLive } from "@/base/session";
import { useValue } from "@/base/useValue";
import { BoardCard } from "@/boards/BoardCard";
import { ConversationsFeed } from "@/conversations/feed";
import { api } from "@/conversations/rest";
import { describeSystemLine } from "@/conversations/titles";
import { describeFiles } from "@/files/files";
import { PendingUpload } from "@/files/PendingUpload";
import type { Conversation, Message } from "@/protocol/conversations";
import type { OutboxEntry } from "@/protocol/outbox";

import { MessageBubble } from "./MessageBubble";
import bubbles from "./MessageBubble.module.css";
import classes from "./MessageList.module.css";
import { Quote } from "./Quote";
import type { Row } from "./rows";
import { useThreadActions } from "./threadActions";

function SystemLine({ message }: { message: Message }) {
  const { selfId } = useLive();
  const { duration, time } = useFormats();
  const { goTo } = useThreadActions();
  return (
    <div className={classes.system} data-row={`seq ${message.seq}`} data-seq={message.seq}>
      {message.kind === "call" && <IconPhone size={15} aria-hidden="true" />}
      {typeof message.body?.seq === "number" ? (
        <UnstyledButton className={classes.systemLink} onClick={() => goTo(Number(message.body?.seq))}>
          {describeSystemLine(message, selfId, duration)}
        </UnstyledButton>
      ) : (
        <span>{describeSystemLine(message, selfId, duration)}</span>
      )}
      <time>{time(message.created_at_ms)}</time>
    </div>
  );
}

function Pending({ entry }: { entry: OutboxEntry }) {
  const { t } = useTranslation();
  const live = useLive();
  const { outbox } = useFeed(ConversationsFeed);
  const link = useValue(live.link);
  return (
    <div className={bubbles.message} data-own data-row={entry.client_id}>
      <div className={bubbles.bubble} data-pending>
        {entry.reply && <Quote conversationId={entry.conversation_id} seq={entry.reply.seq} />}
        <p className={bubbles.text}>{entry.text}</p>
      </div>
      {entry.state === "failed" ? (
        <Group gap={6} className={classes.failed ?? ""} role="alert">
          <IconAlertCircle size={16} aria-hidden="true" />
          <span>{entry.refusal !== null && entry.refusal !== "" ? entry.refusal : t("conversations.outbox.failed")}</span>
          <Button size="compact-xs" variant="default" onClick={() => outbox.retry(entry.client_id)}>
            {t("common.retry")}
          </Button>
          <Button size="compact-xs" variant="subtle" color="red" onClick={() => outbox.discard(entry.client_id)}>
            {t("conversations.outbox.discard")}
          </Button>
        </Group>
      ) : (
        <span className={bubbles.meta}>
          <Loader size={10} color="gray" aria-hidden="true" />
          {link === "online" ? t("conversations.outbox.sending") : t("conversations.outbox.queued")}
        </span>
      )}
    </div>
  );
}

export function DeleteDialog({ message, onClose }: { message: Message; onClose: () => void }) {
  const { t } = useTranslation();
  const remove = useMutation({
    mutationFn: () => api.messages.remove(message.conversation_id, message.id),
    onSuccess: onClose,
  });
  return (
    <Modal opened onClose={onClose} title={t("conversations.message.deleteTitle")} closeButtonProps={{ "aria-label": t("common.close") }}>
      {remove.error && <ProblemAlert error={remove.error} />}
      <Text size="sm" c="dimmed" mb="lg" lineClamp={4}>
        {message.kind === "file" ? describeFiles(message) : message.text}
      </Text>
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose} data-autofocus>
          {t("common.cancel")}
        </Button>
        <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
          {t("conversations.message.delete")}
        </Button>
      </Group>
    </Modal>
  );
}

interface MessageListProps {
  conversation: Conversation;
  rows: readonly Row[];
  highlightedSeq: number | null;
  editingId: string | null;
}

export const MessageList = memo(function MessageList({ conversation, rows, highlightedSeq, editingId }: MessageListProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { selfId } = useLive();
  return (
    <>
      {rows.map((row) => {
        switch (row.type) {
          case "day":
            return (
              <div key={row.key} className={classes.day} data-row={row.key}>
                <span>{formats.day(row.at_ms)}</span>
              </div>
            );
          case "new":
            return (
              <div key={row.key} className={classes.new} data-row="new" role="separator" aria-label={t("conversations.thread.new")}>
                <span>{t("conversations.thread.new")}</span>
              </div>
            );
          case "system":
            if (row.message.kind === "board") return <BoardCard key={row.key} message={row.message} isOwn={row.message.author.id === selfId} />;
            return <SystemLine key={row.key} message={row.message} />;
          case "upload":
            return <PendingUpload key={row.key} batch={row.batch} />;
          case "pending":
            return <Pending key={row.key} entry={row.entry} />;
          case "message":
            return (
              <MessageBubble
                key={row.key}
                message={row.message}
                marks={conversation.marks}
                members={conversation.members}
                isOwn={row.message.author.id === selfId}
                isFirst={row.isFirst}
                isLast={row.isLast}
                isHighlighted={row.message.seq === highlightedSeq || row.message.id === editingId}
              />
            );
        }
      })}
    </>
  );
});
