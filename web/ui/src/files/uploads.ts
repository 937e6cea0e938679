/**
 * Files on their way into conversations: each batch becomes one message when all of its files are there.
 *
 * How it works: a batch is written down before anything is sent, with the server's address of each upload as soon as it
 * is known, so that a lost line, a closed tab or a killed server cost only the piece that was on its way. After a reload
 * the page has no more hold of the files themselves: what was whole is posted, the rest waits for its file to be chosen
 * again. Two files go at a time.
 */
import type { Message } from "@/protocol/conversations";
import { Observable } from "@/protocol/observable";
import { ApiProblem } from "@/protocol/problem";
import { serverNow } from "@/protocol/serverClock";

const AT_ONCE = 2;
const PER_MESSAGE = 20;
const AGAIN_MS = 15_000;
const SILENT_MS = 45_000;

/** `lost`: the page was loaded anew and needs the file once more. */
export type ItemState = "waiting" | "sending" | "paused" | "whole" | "failed" | "lost";

export interface UploadItem {
  id: string;
  name: string;
  size_bytes: number;
  modified_at_ms: number;
  sent_bytes: number;
  state: ItemState;
  /** Where the server keeps it, once it does. */
  url: string | null;
  /** The server's sentence when it refused. */
  refusal: string | null;
}

export interface Batch {
  client_id: string;
  conversation_id: string;
  text: string;
  keeps_position: boolean;
  created_at_ms: number;
  items: readonly UploadItem[];
  refusal: string | null;
}

export interface Sending {
  stop: () => void;
}

export interface SendOptions {
  file: File;
  conversationId: string;
  keepsPosition: boolean;
  url: string | null;
  onUrl: (url: string) => void;
  onProgress: (sentBytes: number) => void;
  onWhole: () => void;
  /** problem  the server's refusal; null when no answer came */
  onError: (problem: ApiProblem | null) => void;
}

/** What really sends, fetched when first needed. */
export interface Sender {
  send: (options: SendOptions) => Sending;
  throwAway: (url: string) => void;
}

export interface UploadsOptions {
  personId: string;
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;
  sender: () => Promise<Sender>;
  post: (batch: Batch, uploadIds: string[]) => Promise<Message>;
  onStored: (message: Message) => void;
  now?: () => number;
  newId?: () => string;
}

export function uploadIdOf(url: string): string {
  return url.slice(url.lastIndexOf("/") + 1);
}

export class Uploads {
  readonly batches = new Observable<readonly Batch[]>([]);
  private readonly files = new Map<string, File>();
  private readonly running = new Map<string, Sending>();
  private readonly posting = new Set<string>();
  private readonly prefix: string;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly options: UploadsOptions) {
    this.prefix = `centrala.uploads.${options.personId}.`;
    this.batches.set(this.load());
  }

  /** Go on with what an earlier page left: what is whole is posted. */
  start(): void {
    for (const batch of this.batches.get()) void this.finish(batch.client_id);
  }

  add(conversationId: string, files: readonly File[], text: string, keepsPosition: boolean): void {
    for (let first = 0; first < files.length; first += PER_MESSAGE) {
      const items = files.slice(first, first + PER_MESSAGE).map((file): UploadItem => {
        const id = this.newId();
        this.files.set(id, file);
        return { id, name: file.name, size_bytes: file.size, modified_at_ms: file.lastModified, sent_bytes: 0, state: "waiting", url: null, refusal: null };
      });
      const batch: Batch = {
        client_id: this.newId(),
        conversation_id: conversationId,
        text: first === 0 ? text : "",
        keeps_position: keepsPosition,
        created_at_ms: this.options.now?.() ?? serverNow(),
        items,
        refusal: null,
      };
      this.save(batch);
      this.batches.change((batches) => [...batches, batch]);
    }
    this.pump();
  }

  /** Leave one file out; the rest goes on. */
  cancel(clientId: string, itemId: string): void {
    const item = this.find(clientId)?.items.find((one) => one.id === itemId);
    if (item === undefined) return;
    this.running.get(itemId)?.stop();
    this.running.delete(itemId);
    this.files.delete(itemId);
    const { url } = item;
    // What is not thrown away the server forgets by itself.
    if (url !== null) this.options.sender().then((sender) => sender.throwAway(url)).catch(() => undefined);
    this.change(clientId, (batch) => ({ ...batch, items: batch.items.filter((one) => one.id !== itemId) }));
    if (this.find(clientId)?.items.length === 0) this.forget(clientId);
    else void this.finish(clientId);
    this.pump();
  }

  retry(clientId: string, itemId: string): void {
    this.changeItem(clientId, itemId, { state: this.files.has(itemId) ? "waiting" : "lost", refusal: null });
    this.pump();
  }

  /** Post again what the server refused as a message. */
  repost(clientId: string): void {
    this.change(clientId, (batch) => ({ ...batch, refusal: null }));
    void this.finish(clientId);
  }

  /** returns  whether it is the file that was lost */
  give(clientId: string, itemId: string, file: File): boolean {
    const item = this.find(clientId)?.items.find((one) => one.id === itemId);
    if (item === undefined || file.name !== item.name || file.size !== item.size_bytes) return false;
    this.files.set(itemId, file);
    this.changeItem(clientId, itemId, { state: "waiting" });
    this.pump();
    return true;
  }

  /** There is no line: nothing is on its way any more. */
  pause(): void {
    for (const batch of this.batches.get()) {
      for (const item of batch.items) if (this.running.has(item.id)) this.halt(batch.client_id, item.id);
    }
  }

  /** The line is back: what waited for it goes on. */
  resume(): void {
    for (const batch of this.batches.get()) {
      for (const item of batch.items) if (item.state === "paused") this.changeItem(batch.client_id, item.id, { state: "waiting" });
      void this.finish(batch.client_id);
    }
    this.pump();
  }

  /** The person signs out: nothing of theirs stays in this browser. */
  clear(): void {
    this.stop();
    for (const batch of this.batches.get()) this.options.storage.removeItem(this.prefix + batch.client_id);
    this.files.clear();
    this.batches.set([]);
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    for (const sending of this.running.values()) sending.stop();
    this.running.clear();
  }

  private halt(clientId: string, itemId: string): void {
    this.running.get(itemId)?.stop();
    this.running.delete(itemId);
    this.changeItem(clientId, itemId, { state: "paused" });
    this.again();
  }

  private pump(): void {
    for (const batch of this.batches.get()) {
      for (const item of batch.items) {
        if (this.running.size >= AT_ONCE) return;
        const file = this.files.get(item.id);
        if (item.state === "waiting" && file !== undefined && !this.running.has(item.id)) this.send(batch, item, file);
      }
    }
  }

  private send(batch: Batch, item: UploadItem, file: File): void {
    const { client_id } = batch;
    let isStopped = false;
    let inner: Sending | null = null;
    // A line that died without a word tells nothing: one that brings nothing on for so long is given up.
    let silence: ReturnType<typeof setTimeout> | undefined;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => this.halt(client_id, item.id), SILENT_MS);
    };
    heard();
    this.running.set(item.id, {
      stop: () => {
        isStopped = true;
        clearTimeout(silence);
        inner?.stop();
      },
    });
    this.changeItem(client_id, item.id, { state: "sending", refusal: null });
    const ended = (fields: Partial<UploadItem>) => {
      clearTimeout(silence);
      if (isStopped) return;
      this.running.delete(item.id);
      this.changeItem(client_id, item.id, fields);
      this.pump();
    };
    void this.options.sender().then(
      (sender) => {
        if (isStopped) return;
        inner = sender.send({
          file,
          conversationId: batch.conversation_id,
          keepsPosition: batch.keeps_position,
          url: item.url,
          onUrl: (url) => this.changeItem(client_id, item.id, { url }),
          onProgress: (sent_bytes) => {
            if (isStopped) return;
            heard();
            this.changeItem(client_id, item.id, { sent_bytes }, { saved: false });
          },
          onWhole: () => {
            ended({ state: "whole", sent_bytes: item.size_bytes });
            this.files.delete(item.id);
            void this.finish(client_id);
          },
          onError: (problem) => {
            if (problem === null || problem.isTransient) {
              ended({ state: "paused" });
              this.again();
            } else ended({ state: "failed", refusal: problem.detail, ...(problem.status === 404 && { url: null, sent_bytes: 0 }) });
          },
        });
      },
      () => {
        ended({ state: "paused" });
        this.again();
      },
    );
  }

  /** Post a batch all of whose files are there. */
  private async finish(clientId: string): Promise<void> {
    const batch = this.find(clientId);
    if (batch === undefined || batch.refusal !== null || batch.items.length === 0 || this.posting.has(clientId)) return;
    const ids = batch.items.flatMap((item) => (item.state === "whole" && item.url !== null ? [uploadIdOf(item.url)] : []));
    if (ids.length < batch.items.length) return;
    this.posting.add(clientId);
    try {
      const message = await this.options.post(batch, ids);
      this.options.onStored(message);
      this.forget(clientId);
    } catch (error) {
      if (error instanceof ApiProblem && !error.isTransient) this.change(clientId, (old) => ({ ...old, refusal: error.detail === "" ? error.code : error.detail }));
      else this.again();
    } finally {
      this.posting.delete(clientId);
    }
  }

  private again(): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.resume();
    }, AGAIN_MS);
  }

  private find(clientId: string): Batch | undefined {
    return this.batches.get().find((batch) => batch.client_id === clientId);
  }

  private forget(clientId: string): void {
    this.options.storage.removeItem(this.prefix + clientId);
    this.batches.change((batches) => batches.filter((batch) => batch.client_id !== clientId));
  }

  private change(clientId: string, change: (batch: Batch) => Batch, { saved = true } = {}): void {
    this.batches.change((batches) => batches.map((batch) => (batch.client_id === clientId ? change(batch) : batch)));
    const batch = this.find(clientId);
    if (saved && batch !== undefined) this.save(batch);
  }

  private changeItem(clientId: string, itemId: string, fields: Partial<UploadItem>, how?: { saved: boolean }): void {
    this.change(clientId, (batch) => ({ ...batch, items: batch.items.map((item) => (item.id === itemId ? { ...item, ...fields } : item)) }), how);
  }

  private newId(): string {
    return this.options.newId?.() ?? crypto.randomUUID();
  }

  private save(batch: Batch): void {
    try {
      this.options.storage.setItem(this.prefix + batch.client_id, JSON.stringify(batch));
    } catch {
      // A full or forbidden storage: the batch lives as long as this page.
    }
  }

  private load(): Batch[] {
    const { storage } = this.options;
    const found: Batch[] = [];
    for (const key of Array.from({ length: storage.length }, (_, index) => storage.key(index))) {
      if (key?.startsWith(this.prefix) !== true) continue;
      try {
        const batch = JSON.parse(storage.getItem(key) ?? "") as Batch;
        found.push({ ...batch, items: batch.items.map((item) => (item.state === "whole" ? item : { ...item, state: "lost" })) });
      } catch {
        storage.removeItem(key);
      }
    }
    return found.sort((a, b) => a.created_at_ms - b.created_at_ms);
  }
}
