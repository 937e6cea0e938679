/** Area 2: all messages of the chosen conversation, and the way to write another (CONF-009). */
import { ActionIcon, Button } from "@mantine/core";
import { IconArrowDown, IconAt, IconFileUpload } from "@tabler/icons-react";
import { lazy, Suspense, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Loading } from "@/base/Loading";
import { ProblemAlert } from "@/base/problems";
import { useFeed } from "@/base/session";
import { useValue } from "@/base/useValue";
import { Composer } from "@/conversations/composer/Composer";
import type { Snippet } from "@/conversations/composer/snippets";
import { ConversationsFeed } from "@/conversations/feed";
import { ThreadSearch } from "@/conversations/search/ThreadSearch";
import { activeMembers } from "@/conversations/titles";
import { tray } from "@/files/choosing";
import { useFileDrop } from "@/files/useFileDrop";
import type { Conversation, MentionBody } from "@/protocol/conversations";
import { isWritten } from "@/protocol/messages";

import { MessageList } from "./MessageList";
import { PinnedBar } from "./PinnedBar";
import classes from "./Thread.module.css";
import { ThreadActionsContext } from "./threadActions";
import { ThreadDialogs } from "./ThreadDialogs";
import { RunningCall } from "./ThreadHeader";
import { TypingLine } from "./TypingLine";
import { useThreadActs } from "./useThreadActs";
import { useThreadPlace, type ThreadPlace } from "./useThreadPlace";
import { useThreadRows } from "./useThreadRows";

const UploadDialog = lazy(() => import("@/files/UploadDialog").then(({ UploadDialog }) => ({ default: UploadDialog })));

interface ThreadProps {
  conversation: Conversation;
  place: ThreadPlace;
  /** What stands above the messages; it may open the search within them. */
  header: (search: () => void) => ReactNode;
  /** Ready texts, by "/" in the field. */
  snippets?: readonly Snippet[];
  /** What an empty field says. */
  placeholder?: string;
  /** In the window of its own call, of which it need not tell. */
  inCall?: boolean;
}

export function Thread({ conversation, place, header, snippets, placeholder, inCall = false }: ThreadProps) {
  const { t } = useTranslation();
  const { selfId, outbox } = useFeed(ConversationsFeed);
  const { query, rows, hasNewer } = useThreadRows(conversation);
  const window_ = query.data;
  const isLoaded = window_ !== undefined;
  const { scroller, content, onScroll, isAtEnd, highlighted, goToEnd } = useThreadPlace({ conversation, rows, window: window_, hasNewer, place });
  const acts = useThreadActs(conversation, place.go);
  const { actions, editing, replying } = acts;
  const chosen = useValue(tray);
  const send = (text: string, mentions: MentionBody[]) => {
    outbox.put(conversation.id, text, replying, mentions);
    acts.endReply();
    goToEnd();
  };
  const editLast = () => {
    const own = window_?.items.findLast((message) => message.author.id === selfId && isWritten(message) && message.text !== "" && message.deleted_at_ms === null);
    if (own !== undefined) actions.edit(own);
  };
  const isMember = activeMembers(conversation).some((member) => member.person_id === selfId);
  const mentionSeq = conversation.mentions[0];
  const isOver = useFileDrop(conversation.id, isMember);

  return (
    <ThreadActionsContext value={actions}>
      {header(acts.beginSearch)}
      {acts.isSearching && (
        <ThreadSearch
          conversationId={conversation.id}
          onWords={acts.setSearched}
          onGo={actions.goTo}
          onClose={acts.endSearch}
        />
      )}
      {!inCall && <RunningCall conversation={conversation} />}
      <PinnedBar conversation={conversation} />
      <div className={classes.middle}>
        <div
          ref={scroller}
          className={classes.scroller}
          onScroll={onScroll}
          tabIndex={0}
          role="region"
          aria-label={t("conversations.thread.messages")}
        >
          <div ref={content} className={classes.content}>
            {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
            {!isLoaded && !query.isError && <Loading />}
            {isLoaded && rows.length === 0 && <p className={classes.beginning}>{t("conversations.thread.empty")}</p>}
            {isLoaded && !window_.hasOlder && rows.length > 0 && <p className={classes.beginning}>{t("conversations.thread.beginning")}</p>}
            {window_?.hasOlder === true && <Loading />}
            <MessageList conversation={conversation} rows={rows} highlightedSeq={highlighted} editingId={editing?.id ?? null} />
          </div>
        </div>
        {isOver && (
          <div className={classes.drop}>
            <div>
              <IconFileUpload size={40} stroke={1.5} aria-hidden="true" />
              {t("files.drop")}
            </div>
          </div>
        )}
        {!isAtEnd && isLoaded && (
          <Button className={classes.toEnd ?? ""} size="sm" radius="xl" leftSection={<IconArrowDown size={18} />} onClick={goToEnd}>
            {conversation.unread > 0 ? t("conversations.thread.newCount", { count: conversation.unread }) : t("conversations.thread.toEnd")}
          </Button>
        )}
        {mentionSeq !== undefined && !isAtEnd && isLoaded && (
          <ActionIcon className={classes.toMention ?? ""} size={40} radius="xl" aria-label={t("conversations.mention.goTo")} onClick={() => actions.goTo(mentionSeq)}>
            <IconAt size={22} />
          </ActionIcon>
        )}
      </div>
      {chosen?.conversationId === conversation.id && (
        <Suspense fallback={null}>
          <UploadDialog chosen={chosen} />
        </Suspense>
      )}
      <TypingLine conversation={conversation} />
      {isMember && (
        <Composer
          key={editing?.id ?? "new"}
          conversation={conversation}
          editing={editing}
          onSend={send}
          onEditLast={editLast}
          onEditDone={acts.endEdit}
          replying={editing === null ? replying : null}
          onReplyDone={acts.endReply}
          {...(snippets && { snippets })}
          {...(placeholder !== undefined && { placeholder })}
        />
      )}
      <ThreadDialogs dialog={acts.dialog} onClose={acts.closeDialog} />
    </ThreadActionsContext>
  );
}
