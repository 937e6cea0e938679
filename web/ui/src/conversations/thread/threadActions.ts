/** What the rows of a thread may ask of it. */
import { createContext, useContext } from "react";

import type { Message } from "@/protocol/conversations";

export interface ThreadActions {
  edit: (message: Message) => void;
  remove: (message: Message) => void;
  reply: (message: Message) => void;
  /** Choose any emoji. */
  react: (message: Message) => void;
  /** Show everybody who reacted. */
  showReactions: (message: Message) => void;
  forward: (message: Message) => void;
  mayPin: boolean;
  /** Words that are searched in this thread, to be marked. */
  searched: string;
  /** Bring the message at a seq into view, wherever it is. */
  goTo: (seq: number) => void;
}

export const ThreadActionsContext = createContext<ThreadActions | null>(null);

export function useThreadActions(): ThreadActions {
  const actions = useContext(ThreadActionsContext);
  if (actions === null) throw new Error("outside of a thread");
  return actions;
}
