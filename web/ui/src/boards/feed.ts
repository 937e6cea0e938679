/** What is heard of boards outside of their own windows: that a conversation has one more, or that one is different. */
import { Feed } from "@/base/feed";
import type { Message } from "@/protocol/conversations";
import { parseEvent } from "@/protocol/updates";

import { keys } from "./keys";

export class BoardsFeed extends Feed<Message> {
  override readonly stale = [["boards"]];

  override parse(name: string, payload: unknown): Message | null {
    const update = parseEvent(name, payload);
    return update?.type === "message" && update.message.kind === "board" ? update.message : null;
  }

  override apply(message: Message): void {
    void this.host.cache.invalidateQueries({ queryKey: keys.boards(message.conversation_id) });
  }

  override stored(message: Message): void {
    if (message.kind === "board") this.take(message);
  }
}
