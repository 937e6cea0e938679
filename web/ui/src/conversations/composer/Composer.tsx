/** Where one writes: Enter sends, Shift+Enter begins a line; also for mending a message of one's own. */
import { ActionIcon, CloseButton, Textarea } from "@mantine/core";
import { IconArrowBackUp, IconCheck, IconPencil, IconSend2 } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";

import { ProblemAlert } from "@/base/problems";
import { useFeed, useLive } from "@/base/session";
import { ConversationsFeed } from "@/conversations/feed";
import { useExcerpt, useQuoted } from "@/conversations/quoted";
import { api } from "@/conversations/rest";
import { attachFiles, filesOf } from "@/files/choosing";
import type { Conversation, MentionBody, Message, Reply } from "@/protocol/conversations";

import classes from "./Composer.module.css";
import { useMentionable, useMentionPopup } from "./MentionPopup";
import { findMentions } from "./mentions";
import { PlusMenu } from "./PlusMenu";
import { useSnippetPopup } from "./SnippetPopup";
import type { Snippet } from "./snippets";

const TEXT_LENGTH_MAX = 10_000;
const TYPING_AGAIN_MS = 3_000;
const TYPING_IDLE_MS = 4_000;
const NEVER = Number.NEGATIVE_INFINITY;

/** Tell the others that one writes: at most every 3 s, and when it is over. */
function useTypingHints(conversationId: string): { wrote: () => void; stopped: () => void } {
  const live = useLive();
  const state = useRef<{ saidAt_ms: number; timer: ReturnType<typeof setTimeout> | null }>({ saidAt_ms: NEVER, timer: null });
  const stopped = () => {
    if (state.current.timer !== null) clearTimeout(state.current.timer);
    if (state.current.saidAt_ms > NEVER) live.socket.hint("typing:stop", { conversation_id: conversationId });
    state.current = { saidAt_ms: NEVER, timer: null };
  };
  const wrote = () => {
    const now = performance.now();
    if (now - state.current.saidAt_ms > TYPING_AGAIN_MS) {
      state.current.saidAt_ms = now;
      live.socket.hint("typing:start", { conversation_id: conversationId });
    }
    if (state.current.timer !== null) clearTimeout(state.current.timer);
    state.current.timer = setTimeout(stopped, TYPING_IDLE_MS);
  };
  const onLeave = useRef(stopped);
  useEffect(() => {
    onLeave.current = stopped;
  });
  useEffect(() => () => onLeave.current(), []);
  return { wrote, stopped };
}

/** Whom one answers, above the field. */
function ReplyingTo({ conversationId, seq, onDone }: { conversationId: string; seq: number; onDone: () => void }) {
  const { t } = useTranslation();
  const { data } = useQuoted(conversationId, seq);
  const excerpt = useExcerpt(data);
  return (
    <div className={classes.editing}>
      <IconArrowBackUp size={17} aria-hidden="true" />
      <span>
        {t("conversations.composer.replying", { name: data?.author.name ?? "…" })}
        <span className={classes.replyingTo}>{excerpt}</span>
      </span>
      <CloseButton size="sm" aria-label={t("conversations.composer.cancelReply")} onClick={onDone} />
    </div>
  );
}

interface ComposerProps {
  conversation: Conversation;
  editing: Message | null;
  onSend: (text: string, mentions: MentionBody[]) => void;
  onEditLast: () => void;
  onEditDone: () => void;
  replying: Reply | null;
  onReplyDone: () => void;
  /** Ready texts, by "/" in the field. */
  snippets?: readonly Snippet[];
  placeholder?: string;
}

const NO_SNIPPETS: readonly Snippet[] = [];

export function Composer({ conversation, editing, onSend, onEditLast, onEditDone, replying, onReplyDone, snippets = NO_SNIPPETS, placeholder }: ComposerProps) {
  const { t } = useTranslation();
  const conversationId = conversation.id;
  const { drafts } = useFeed(ConversationsFeed);
  const [text, setText] = useState(() => editing?.text ?? drafts.get(conversationId)?.text ?? "");
  const [caret, setCaret] = useState(text.length);
  const field = useRef<HTMLTextAreaElement>(null);
  const mentionable = useMentionable(conversation);
  const typing = useTypingHints(conversationId);
  const edit = useMutation({
    mutationFn: (changed: string) => api.messages.edit(conversationId, editing?.id ?? "", changed, findMentions(changed, mentionable)),
    onSuccess: onEditDone,
  });

  useEffect(() => {
    // On a phone the keyboard would cover half of what one came to read.
    if (editing !== null || window.matchMedia("(hover: hover)").matches) field.current?.focus();
    field.current?.setSelectionRange(field.current.value.length, field.current.value.length);
  }, [editing]);
  useEffect(() => {
    if (replying !== null) field.current?.focus();
  }, [replying]);

  useEffect(() => {
    if (editing === null) drafts.set(conversationId, text, replying);
  }, [drafts, conversationId, editing, text, replying]);

  const change = (value: string, place: number) => {
    setText(value);
    setCaret(place);
    if (value.trim() === "") typing.stopped();
    else typing.wrote();
  };
  const submit = () => {
    const trimmed = text.trim();
    if (trimmed === "") return;
    typing.stopped();
    if (editing !== null) {
      if (trimmed === editing.text) onEditDone();
      else edit.mutate(trimmed);
      return;
    }
    onSend(trimmed, findMentions(trimmed, mentionable));
    setText("");
    setCaret(0);
    field.current?.focus();
  };
  const insert = (value: string, place: number) => {
    change(value, place);
    requestAnimationFrame(() => field.current?.setSelectionRange(place, place));
  };
  const mention = useMentionPopup({ conversation, text, caret, field, onInsert: insert });
  const snippet = useSnippetPopup({ snippets, text, caret, field, onInsert: insert });
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing || mention.onKeyDown(event) || snippet.onKeyDown(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape" && editing !== null) onEditDone();
    else if (event.key === "Escape" && replying !== null) onReplyDone();
    else if (event.key === "ArrowUp" && text === "" && editing === null) {
      event.preventDefault();
      onEditLast();
    }
  };

  return (
    <div className={classes.composer}>
      {edit.error && <ProblemAlert error={edit.error} />}
      {editing !== null && (
        <div className={classes.editing}>
          <IconPencil size={17} aria-hidden="true" />
          <span>{t("conversations.composer.editing")}</span>
          <CloseButton size="sm" aria-label={t("conversations.composer.cancelEdit")} onClick={onEditDone} />
        </div>
      )}
      {replying !== null && (
        <ReplyingTo conversationId={conversationId} seq={replying.seq} onDone={onReplyDone} />
      )}
      <form
        className={classes.composerLine}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {mention.popup ?? snippet.popup}
        {editing === null && <PlusMenu conversation={conversation} />}
        <Textarea
          ref={field}
          className={classes.field ?? ""}
          aria-label={t("conversations.composer.label")}
          placeholder={placeholder ?? t("conversations.composer.placeholder")}
          autosize
          minRows={1}
          maxRows={8}
          radius="lg"
          size="md"
          maxLength={TEXT_LENGTH_MAX}
          enterKeyHint="send"
          value={text}
          aria-autocomplete="list"
          {...mention.described}
          {...snippet.described}
          onChange={(event) => change(event.currentTarget.value, event.currentTarget.selectionStart)}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
          onKeyDown={onKeyDown}
          onBlur={typing.stopped}
          onPaste={(event) => {
            const files = filesOf(event.clipboardData);
            if (files.length === 0 || editing !== null) return;
            event.preventDefault();
            attachFiles(conversationId, files);
          }}
        />
        <ActionIcon type="submit" size={44} radius="xl" disabled={text.trim() === ""} loading={edit.isPending} aria-label={editing === null ? t("conversations.composer.send") : t("common.save")}>
          {editing === null ? <IconSend2 size={22} /> : <IconCheck size={22} />}
        </ActionIcon>
      </form>
    </div>
  );
}
