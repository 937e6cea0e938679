/**
 * Messages written but not yet stored by the server: kept over reloads, sent in order, sent again after every loss.
 *
 * How it works: an entry is written to storage before anything is sent. The server stores a client_id once, so
 * sending again is safe. A transient failure leaves the entry queued; a refusal marks it failed until the person
 * retries or discards it.
 */
import type { MentionBody, Message, Reply } from "./conversations";
import { newId } from "./newId";
import { ApiProblem } from "./problem";
import { serverNow } from "./serverClock";

const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 30_000;

export interface OutboxEntry {
  client_id: string;
  conversation_id: string;
  text: string;
  /** The message it answers. */
  reply?: Reply | null;
  mentions?: MentionBody[];
  created_at_ms: number;
  state: "queued" | "sending" | "failed";
  /** The server's sentence when it refused. */
  refusal: string | null;
}

export type Send = (entry: OutboxEntry) => Promise<Message>;

export interface OutboxOptions {
  personId: string;
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;
  send: Send;
  /** Called with the stored message, after which the entry is gone. */
  onStored: (message: Message) => void;
  now?: () => number;
  newId?: () => string;
}

export class Outbox {
  private entries: readonly OutboxEntry[];
  private readonly listeners = new Set<() => void>();
  private readonly prefix: string;
  private running = false;
  private delayMs = RETRY_MIN_MS;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly options: OutboxOptions) {
    this.prefix = `centrala.outbox.${options.personId}.`;
    this.entries = this.load();
  }

  /** The same array until something changes. */
  get list(): readonly OutboxEntry[] {
    return this.entries;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Write a message down and start sending. */
  put(conversationId: string, text: string, reply: Reply | null = null, mentions: MentionBody[] = []): OutboxEntry {
    const entry: OutboxEntry = {
      client_id: this.options.newId?.() ?? newId(),
      conversation_id: conversationId,
      text,
      reply,
      mentions,
      created_at_ms: this.options.now?.() ?? serverNow(),
      state: "queued",
      refusal: null,
    };
    this.save(entry);
    this.replace([...this.entries, entry]);
    void this.flush();
    return entry;
  }

  retry(clientId: string): void {
    this.change(clientId, { state: "queued", refusal: null });
    void this.flush();
  }

  discard(clientId: string): void {
    this.options.storage.removeItem(this.prefix + clientId);
    this.replace(this.entries.filter((entry) => entry.client_id !== clientId));
  }

  /** The person signs out: nothing of theirs stays in this browser. */
  clear(): void {
    for (const entry of this.entries) this.options.storage.removeItem(this.prefix + entry.client_id);
    this.replace([]);
    this.stop();
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  /** Another tab stored or discarded an entry (the `storage` event). */
  forgetKey(key: string): void {
    if (!key.startsWith(this.prefix)) return;
    const clientId = key.slice(this.prefix.length);
    this.replace(this.entries.filter((entry) => entry.client_id !== clientId || entry.state === "sending"));
  }

  /** Send what is queued, oldest first. */
  async flush(): Promise<void> {
    if (this.running) return;
    this.running = true;
    this.stop();
    try {
      for (;;) {
        const entry = this.entries.find((row) => row.state === "queued");
        if (entry === undefined) break;
        if (!(await this.sendOne(entry))) break;
      }
    } finally {
      this.running = false;
    }
  }

  /** returns  whether it is worth going on with the next entry now */
  private async sendOne(entry: OutboxEntry): Promise<boolean> {
    this.change(entry.client_id, { state: "sending" });
    try {
      const message = await this.options.send(entry);
      this.delayMs = RETRY_MIN_MS;
      this.options.onStored(message);
      this.discard(entry.client_id);
      return true;
    } catch (error) {
      if (error instanceof ApiProblem && !error.isTransient) {
        this.change(entry.client_id, { state: "failed", refusal: error.detail });
        return true;
      }
      this.change(entry.client_id, { state: "queued" });
      const hintMs = error instanceof ApiProblem && error.retryAfterS !== null ? error.retryAfterS * 1000 : 0;
      this.timer = setTimeout(() => void this.flush(), Math.max(hintMs, this.delayMs));
      this.delayMs = Math.min(this.delayMs * 2, RETRY_MAX_MS);
      return false;
    }
  }

  private change(clientId: string, fields: Partial<OutboxEntry>): void {
    this.replace(
      this.entries.map((entry) => {
        if (entry.client_id !== clientId) return entry;
        const next = { ...entry, ...fields };
        if (next.state !== "sending") this.save(next);
        return next;
      }),
    );
  }

  private save(entry: OutboxEntry): void {
    try {
      this.options.storage.setItem(this.prefix + entry.client_id, JSON.stringify(entry));
    } catch {
      // A full or forbidden storage: the message lives as long as this page.
    }
  }

  private load(): OutboxEntry[] {
    const { storage } = this.options;
    const found: OutboxEntry[] = [];
    for (let index = 0; index < storage.length; index += 1) {
      const key = storage.key(index);
      if (key?.startsWith(this.prefix) !== true) continue;
      try {
        const entry = JSON.parse(storage.getItem(key) ?? "") as OutboxEntry;
        found.push(entry.state === "failed" ? entry : { ...entry, state: "queued" });
      } catch {
        storage.removeItem(key);
        index -= 1;
      }
    }
    return found.sort((a, b) => a.created_at_ms - b.created_at_ms);
  }

  private replace(entries: readonly OutboxEntry[]): void {
    this.entries = entries;
    for (const listener of this.listeners) listener();
  }
}
