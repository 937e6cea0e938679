/** The rows of a thread: messages with day lines, the line of what is new, and what is still on its way. */
import type { Batch } from "@/files/uploads";
import type { Message } from "@/protocol/conversations";
import { isWritten } from "@/protocol/messages";
import type { OutboxEntry } from "@/protocol/outbox";

const RUN_MS = 5 * 60_000;

export type Row =
  | { type: "day"; key: string; at_ms: number }
  | { type: "new"; key: string }
  | { type: "message"; key: string; message: Message; isFirst: boolean; isLast: boolean }
  | { type: "system"; key: string; message: Message }
  | { type: "pending"; key: string; entry: OutboxEntry; isFirst: boolean }
  | { type: "upload"; key: string; batch: Batch };

function continues(previous: Message | undefined, message: Message, dayKey: (ms: number) => string): boolean {
  return (
    previous !== undefined &&
    isWritten(previous) &&
    previous.author.id === message.author.id &&
    message.created_at_ms - previous.created_at_ms < RUN_MS &&
    dayKey(previous.created_at_ms) === dayKey(message.created_at_ms)
  );
}

interface Options {
  messages: readonly Message[];
  pending: readonly OutboxEntry[];
  uploads?: readonly Batch[];
  selfId: string;
  /** Others' messages after this seq are new; null draws no line. */
  newAfterSeq: number | null;
  dayKey: (ms: number) => string;
}

export function buildRows({ messages, pending, uploads = [], selfId, newAfterSeq, dayKey }: Options): Row[] {
  const rows: Row[] = [];
  let day = "";
  let isLineDrawn = newAfterSeq === null;
  let previous: Message | undefined;
  messages.forEach((message, index) => {
    const key = dayKey(message.created_at_ms);
    if (key !== day) {
      rows.push({ type: "day", key: `day ${key}`, at_ms: message.created_at_ms });
      day = key;
      previous = undefined;
    }
    if (!isLineDrawn && message.seq > (newAfterSeq ?? 0) && message.author.id !== selfId && isWritten(message)) {
      rows.push({ type: "new", key: "new" });
      isLineDrawn = true;
      previous = undefined;
    }
    if (!isWritten(message)) rows.push({ type: "system", key: message.id, message });
    else {
      const next = messages[index + 1];
      rows.push({
        type: "message",
        key: message.id,
        message,
        isFirst: !continues(previous, message, dayKey),
        isLast: next === undefined || !isWritten(next) || !continues(message, next, dayKey),
      });
    }
    previous = message;
  });
  const stored = new Set(messages.map((message) => message.client_id));
  let isFirst = previous?.author.id !== selfId || !isWritten(previous);
  for (const entry of pending) {
    if (stored.has(entry.client_id)) continue;
    rows.push({ type: "pending", key: entry.client_id, entry, isFirst });
    isFirst = false;
  }
  for (const batch of uploads) if (!stored.has(batch.client_id)) rows.push({ type: "upload", key: batch.client_id, batch });
  return rows;
}
