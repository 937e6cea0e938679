/** Messages as one sees them: a run of them without a hole, kept true by updates; what they are. */
import type { Message } from "./conversations";
import type { Update } from "./updates";

/** A run of messages without a hole; whether more lie before or after it. */
export interface MessageWindow {
  conversationId: string;
  /** Ascending by seq, without gaps. */
  items: Message[];
  hasOlder: boolean;
  hasNewer: boolean;
}

/** Put a message into the window: replaced by a newer rev, appended when it is the next one, else left out. */
export function applyToWindow(window: MessageWindow, update: Update): MessageWindow {
  if (update.type !== "message" || update.conversation_id !== window.conversationId) return window;
  const { message } = update;
  const old = window.items.find((item) => item.id === message.id);
  if (old !== undefined) {
    return old.rev >= message.rev ? window : { ...window, items: window.items.map((item) => (item.id === message.id ? message : item)) };
  }
  const last = window.items.at(-1);
  const follows = last === undefined ? !window.hasOlder : message.seq === last.seq + 1;
  if (!follows || window.hasNewer) return window;
  return { ...window, items: [...window.items, message] };
}

/** Put a fetched page beside the window; rows already there keep their newer rev. */
export function mergePage(window: MessageWindow, page: readonly Message[], direction: "older" | "newer", isEnd: boolean): MessageWindow {
  const known = new Map(window.items.map((item) => [item.id, item]));
  for (const message of page) {
    const old = known.get(message.id);
    if (old === undefined || old.rev < message.rev) known.set(message.id, message);
  }
  const items = [...known.values()].sort((a, b) => a.seq - b.seq);
  return direction === "older" ? { ...window, items, hasOlder: !isEnd } : { ...window, items, hasNewer: !isEnd };
}

/** What somebody wrote or sent, as against what happened. */
export function isWritten(message: Message): boolean {
  return message.kind === "text" || message.kind === "file";
}

/** Whether a message mentions somebody is in the message itself, also after an edit; a deleted one mentions nobody. */
export function isMentioned(message: Message, selfId: string): boolean {
  const named = message.mentions ?? [];
  return message.author.id !== selfId && named.some((mention) => mention.person_id === null || mention.person_id === selfId);
}
