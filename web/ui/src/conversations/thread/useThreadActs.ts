/** What somebody does in a thread now: answer, edit, search, or something that a dialog asks about. */
import { useEffect, useMemo, useState } from "react";

import { useFeed } from "@/base/session";
import { ConversationsFeed } from "@/conversations/feed";
import type { Conversation, Message, Reply } from "@/protocol/conversations";

import type { ThreadActions } from "./threadActions";
import { useMayPin } from "./usePin";

export interface ThreadDialog {
  about: "removal" | "emoji" | "reactions" | "forward";
  message: Message;
}

/** go  bring the message at a seq into view */
export function useThreadActs(conversation: Conversation, go: (seq: number) => void) {
  const { drafts } = useFeed(ConversationsFeed);
  const [editing, setEditing] = useState<Message | null>(null);
  const [replying, setReplying] = useState<Reply | null>(() => drafts.get(conversation.id)?.reply ?? null);
  const [isSearching, setSearching] = useState(false);
  const [searched, setSearched] = useState("");
  const [dialog, setDialog] = useState<ThreadDialog | null>(null);
  const mayPin = useMayPin(conversation);
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
  return {
    actions,
    editing,
    endEdit: () => setEditing(null),
    replying,
    endReply: () => setReplying(null),
    dialog,
    closeDialog: () => setDialog(null),
    isSearching,
    beginSearch: () => setSearching(true),
    setSearched,
    endSearch: () => {
      setSearching(false);
      setSearched("");
    },
  };
}
