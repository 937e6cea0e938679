/** Area 2: all messages of the chosen conversation, and the way to write another (CONF-009). */
import { ActionIcon, Button } from "@mantine/core";
import { IconArrowDown, IconAt, IconFileUpload } from "@tabler/icons-react";
import { lazy, Suspense, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "@/base/formats";
import { Loading } from "@/base/Loading";
import { ProblemAlert } from "@/base/problems";
import { useFeed } from "@/base/session";
import { useStore } from "@/base/store";
import { Composer } from "@/conversations/composer/Composer";
import type { Snippet } from "@/conversations/composer/snippets";
import { ConversationsFeed } from "@/conversations/feed";
import { useMessagePaging, useMessages } from "@/conversations/queries";
import { ThreadSearch } from "@/conversations/search/ThreadSearch";
import { activeMembers } from "@/conversations/titles";
import { tray } from "@/files/choosing";
import { FilesFeed } from "@/files/feed";
import { useFileDrop } from "@/files/useFileDrop";
import type { Conversation, MentionBody, Message, Reply } from "@/protocol/conversations";
import { isWritten } from "@/protocol/messages";

import { DeleteDialog, MessageList } from "./MessageList";
import { PinnedBar } from "./PinnedBar";
import { buildRows } from "./rows";
import classes from "./Thread.module.css";
import { ThreadActionsContext, type ThreadActions } from "./threadActions";
import { RunningCall } from "./ThreadHeader";
import { TypingLine } from "./TypingLine";
import { useMayPin } from "./usePin";
import { useReadMark } from "./useReadMark";
import { useThreadScroll } from "./useThreadScroll";

const UploadDialog = lazy(() => import("@/files/UploadDialog").then(({ UploadDialog }) => ({ default: UploadDialog })));

const ForwardDialog = lazy(() => import("./ForwardDialog").then(({ ForwardDialog }) => ({ default: ForwardDialog })));
const EmojiPicker = lazy(() => import("./ReactionDialogs").then(({ EmojiPicker }) => ({ default: EmojiPicker })));
const WhoReacted = lazy(() => import("./ReactionDialogs").then(({ WhoReacted }) => ({ default: WhoReacted })));

const HIGHLIGHT_MS = 2_500;

/** Others' messages after this seq stand under the line "new": set on opening, and when the person looks away. */
function useNewAfter(conversation: Conversation, selfId: string): number | null {
  const [seq, setSeq] = useState<number | null>(() => {
    const mark = conversation.marks.find((row) => row.person_id === selfId);
    return conversation.unread > 0 && mark !== undefined ? mark.read_seq : null;
  });
  const latest = useRef(conversation);
  useEffect(() => {
    latest.current = conversation;
  });
  useEffect(() => {
    const onBlur = () => {
      if (latest.current.unread === 0) setSeq(latest.current.seq);
    };
    window.addEventListener("blur", onBlur);
    return () => window.removeEventListener("blur", onBlur);
  }, []);
  return seq;
}

/** The message that somebody asked to see, and how the page is told of others. */
export interface ThreadPlace {
  seq: number | undefined;
  go: (seq: number) => void;
  /** It is shown: forget it. */
  arrived: () => void;
}

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
  const feed = useFeed(ConversationsFeed);
  const formats = useFormats();
  const { seq: wantedSeq, go, arrived } = place;
  const query = useMessages(conversation);
  const paging = useMessagePaging(conversation);
  const outbox = useSyncExternalStore(
    useCallback((listener: () => void) => feed.outbox.subscribe(listener), [feed]),
    () => feed.outbox.list,
  );
  const batches = useStore(useFeed(FilesFeed).uploads.batches);
  const chosen = useStore(tray);
  const [editing, setEditing] = useState<Message | null>(null);
  const [replying, setReplying] = useState<Reply | null>(() => feed.drafts.get(conversation.id)?.reply ?? null);
  const [isSearching, setSearching] = useState(false);
  const [searched, setSearched] = useState("");
  const mayPin = useMayPin(conversation);
  const [dialog, setDialog] = useState<{ about: "removal" | "emoji" | "reactions" | "forward"; message: Message } | null>(null);
  const [highlighted, setHighlighted] = useState<number | null>(null);
  const newAfterSeq = useNewAfter(conversation, feed.selfId);
  const window_ = query.data;
  const hasNewer = window_ !== undefined && (window_.hasNewer || (window_.items.at(-1)?.seq ?? 0) < conversation.seq);

  const rows = useMemo(
    () =>
      buildRows({
        messages: window_?.items ?? [],
        pending: hasNewer ? [] : outbox.filter((entry) => entry.conversation_id === conversation.id),
        uploads: hasNewer ? [] : batches.filter((batch) => batch.conversation_id === conversation.id),
        selfId: feed.selfId,
        newAfterSeq,
        dayKey: formats.dayKey,
      }),
    [window_?.items, hasNewer, outbox, batches, conversation.id, feed.selfId, newAfterSeq, formats],
  );

  const busy = useRef(false);
  const load = (direction: "older" | "newer") => {
    if (busy.current) return;
    busy.current = true;
    // A failed page is asked for again by the next scroll.
    void paging[direction]()
      .catch(() => undefined)
      .finally(() => {
        busy.current = false;
      });
  };
  const settled = useRef<() => void>(() => undefined);
  const { scroller, content, isAtEnd, onScroll, toEnd, toRow, visibleSeq } = useThreadScroll({
    rows,
    onNearStart: () => {
      if (window_?.hasOlder === true) load("older");
    },
    onNearEnd: () => {
      if (hasNewer) load("newer");
    },
    onSettled: () => settled.current(),
  });
  const look = useReadMark(conversation, visibleSeq);
  useEffect(() => {
    settled.current = look;
  }, [look]);

  // Begin at what was asked for, else at what is new, else at the end.
  const isPlaced = useRef(false);
  useLayoutEffect(() => {
    if (isPlaced.current || rows.length === 0) return;
    isPlaced.current = true;
    if (wantedSeq === undefined && !toRow("new", "top")) toEnd();
  }, [rows, wantedSeq, toRow, toEnd]);

  const { jump } = paging;
  const isLoaded = window_ !== undefined;
  useEffect(() => {
    if (wantedSeq === undefined || !isLoaded) return;
    const show = async () => {
      if (!toRow(`seq ${wantedSeq}`, "middle")) {
        await jump({ around: wantedSeq });
        requestAnimationFrame(() => toRow(`seq ${wantedSeq}`, "middle"));
      }
      setHighlighted(wantedSeq);
      arrived();
    };
    void show().catch(() => undefined);
  }, [wantedSeq, isLoaded, toRow, jump, arrived]);
  useEffect(() => {
    if (highlighted === null) return;
    const timer = setTimeout(() => setHighlighted(null), HIGHLIGHT_MS);
    return () => clearTimeout(timer);
  }, [highlighted]);

  const goToEnd = () => {
    if (hasNewer) void jump({ newest: true }).then(() => requestAnimationFrame(toEnd));
    else toEnd();
  };
  const actions = useMemo<ThreadActions>(
    () => ({
      edit: (message) => {
        setEditing(message);
      },
      remove: (message) => setDialog({ about: "removal", message }),
      reply: (message) => {
        setEditing(null);
        setReplying({ id: message.id, seq: message.seq });
      },
      react: (message) => setDialog({ about: "emoji", message }),
      forward: (message) => setDialog({ about: "forward", message }),
      mayPin,
      searched,
      showReactions: (message) => setDialog({ about: "reactions", message }),
      goTo: go,
    }),
    [go, mayPin, searched],
  );
  const send = (text: string, mentions: MentionBody[]) => {
    feed.outbox.put(conversation.id, text, replying, mentions);
    setReplying(null);
    goToEnd();
  };
  const editLast = () => {
    const own = window_?.items.findLast(
      (message) => message.author.id === feed.selfId && isWritten(message) && message.text !== "" && message.deleted_at_ms === null,
    );
    if (own !== undefined) actions.edit(own);
  };
  const isMember = activeMembers(conversation).some((member) => member.person_id === feed.selfId);
  useEffect(() => {
    // The browser's own search sees only what is loaded.
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "f" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
      event.preventDefault();
      setSearching(true);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  const mentionSeq = conversation.mentions[0];
  const isOver = useFileDrop(conversation.id, isMember);

  return (
    <ThreadActionsContext value={actions}>
      {header(() => setSearching(true))}
      {isSearching && (
        <ThreadSearch
          conversationId={conversation.id}
          onWords={setSearched}
          onGo={actions.goTo}
          onClose={() => {
            setSearching(false);
            setSearched("");
          }}
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
        {(!isAtEnd || hasNewer) && isLoaded && (
          <Button className={classes.toEnd ?? ""} size="sm" radius="xl" leftSection={<IconArrowDown size={18} />} onClick={goToEnd}>
            {conversation.unread > 0 ? t("conversations.thread.newCount", { count: conversation.unread }) : t("conversations.thread.toEnd")}
          </Button>
        )}
        {mentionSeq !== undefined && (!isAtEnd || hasNewer) && isLoaded && (
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
          onEditDone={() => setEditing(null)}
          replying={editing === null ? replying : null}
          onReplyDone={() => setReplying(null)}
          {...(snippets && { snippets })}
          {...(placeholder !== undefined && { placeholder })}
        />
      )}
      {dialog?.about === "removal" && <DeleteDialog message={dialog.message} onClose={() => setDialog(null)} />}
      <Suspense fallback={null}>
        {dialog?.about === "emoji" && <EmojiPicker message={dialog.message} onClose={() => setDialog(null)} />}
        {dialog?.about === "forward" && <ForwardDialog message={dialog.message} onClose={() => setDialog(null)} />}
        {dialog?.about === "reactions" && <WhoReacted message={dialog.message} onClose={() => setDialog(null)} />}
      </Suspense>
    </ThreadActionsContext>
  );
}
