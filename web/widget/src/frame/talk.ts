/**
 * What visitor and agents write to each other: the messages of one conversation, whole and in order.
 *
 * How it works: the newest page is the snapshot, events are put into it, and what a hole in `rev` or a new connection may
 * have missed is asked for by `changes`. What the visitor writes is in the outbox until the server has stored it.
 */
import { conversationDoors, type Mark, type Message } from "@/protocol/conversations";
import { applyToWindow, isWritten, mergePage, type MessageWindow } from "@/protocol/messages";
import { Observable } from "@/protocol/observable";
import { Outbox, type OutboxEntry } from "@/protocol/outbox";
import { Revisions } from "@/protocol/revisions";
import type { SocketLink } from "@/protocol/socket";
import { parseEvent, type Update } from "@/protocol/updates";

import { Sending, type SentFile } from "./sending";

const PAGE = 50;
const TYPING_TOLD_MS = 3_000;
const TYPING_SHOWN_MS = 6_000;
const PREVIEW_CHARS = 300;

export interface TalkState {
  window: MessageWindow;
  marks: readonly Mark[];
  waiting: readonly OutboxEntry[];
  uploads: readonly SentFile[];
  /** The other side is writing. */
  typing: boolean;
  loaded: boolean;
  loadingOlder: boolean;
}

export class Talk {
  readonly state: Observable<TalkState>;
  private readonly revisions = new Revisions();
  private readonly outbox: Outbox;
  private readonly sending: Sending;
  private readonly stops: (() => void)[];
  private catching = false;
  private missing = false;
  private typedAtMs = 0;
  private typingEnds: ReturnType<typeof setTimeout> | undefined;
  private readSeq = 0;

  constructor(
    readonly conversationId: string,
    private readonly visitorId: string,
    token: string,
    private readonly socket: SocketLink,
    storage: ConstructorParameters<typeof Outbox>[0]["storage"],
  ) {
    const items: Message[] = [];
    this.state = new Observable<TalkState>({
      window: { conversationId, items, hasOlder: false, hasNewer: false },
      marks: [],
      waiting: [],
      uploads: [],
      typing: false,
      loaded: false,
      loadingOlder: false,
    });
    this.outbox = new Outbox({
      personId: visitorId,
      storage,
      send: async ({ client_id, text }) => (await socket.command("message:send", { conversation_id: conversationId, client_id, text })).message,
      onStored: (message) => this.take({ type: "message", conversation_id: conversationId, rev: message.rev, message }),
    });
    this.sending = new Sending(conversationId, token);
    this.stops = [
      this.outbox.subscribe(() => this.state.change((state) => ({ ...state, waiting: this.ownEntries() }))),
      this.sending.list.subscribe(() => this.state.change((state) => ({ ...state, uploads: this.sending.list.get() }))),
      socket.onReady(() => void this.catchUp()),
      socket.onAny((name, payload) => this.onEvent(name, payload)),
    ];
    this.state.change((state) => ({ ...state, waiting: this.ownEntries() }));
    void this.catchUp();
  }

  stop(): void {
    for (const stop of this.stops) stop();
    clearTimeout(this.typingEnds);
    this.outbox.stop();
  }

  write(text: string): void {
    this.typedAtMs = 0;
    this.outbox.put(this.conversationId, text);
  }

  retry(clientId: string): void {
    this.outbox.retry(clientId);
  }

  discard(clientId: string): void {
    this.outbox.discard(clientId);
  }

  attach(files: readonly File[]): void {
    this.sending.add(files);
  }

  retryFile(id: string): void {
    this.sending.retry(id);
  }

  dismissFile(id: string): void {
    this.sending.dismiss(id);
  }

  /** What stands in the field, for whoever is going to answer. */
  type(text: string): void {
    const now = performance.now();
    if (text === "") {
      this.socket.hint("typing:stop", { conversation_id: this.conversationId });
      this.typedAtMs = 0;
    } else if (now - this.typedAtMs > TYPING_TOLD_MS) {
      this.typedAtMs = now;
      this.socket.hint("typing:start", { conversation_id: this.conversationId, ...preview(text) });
    }
  }

  /** Everything that is there was seen. */
  read(): void {
    const last = this.state.get().window.items.at(-1)?.seq ?? 0;
    if (last <= this.readSeq || this.socket.linkState !== "online") return;
    this.readSeq = last;
    this.socket.command("mark:move", { conversation_id: this.conversationId, read_seq: last, delivered_seq: last }).catch(() => (this.readSeq = 0));
  }

  /** Others' messages after what was read. */
  countUnread(): number {
    const { window, marks } = this.state.get();
    const read = Math.max(this.readSeq, marks.find(({ person_id }) => person_id === this.visitorId)?.read_seq ?? 0);
    return window.items.filter((one) => one.seq > read && one.author.id !== this.visitorId && isWritten(one) && one.deleted_at_ms === null).length;
  }

  async loadOlder(): Promise<void> {
    const { window, loadingOlder } = this.state.get();
    const [first] = window.items;
    if (loadingOlder || first === undefined || !window.hasOlder) return;
    this.state.change((state) => ({ ...state, loadingOlder: true }));
    try {
      const page = await conversationDoors.messages(this.conversationId, { before: first.seq }, PAGE);
      this.state.change((state) => ({ ...state, window: mergePage(state.window, page.items, "older", page.next === null) }));
    } catch {
      // The button is still there.
    } finally {
      this.state.change((state) => ({ ...state, loadingOlder: false }));
    }
  }

  private ownEntries(): readonly OutboxEntry[] {
    return this.outbox.list.filter(({ conversation_id }) => conversation_id === this.conversationId);
  }

  private onEvent(name: string, payload: unknown): void {
    const update = parseEvent(name, payload);
    if (update !== null) {
      this.take(update);
      return;
    }
    if (name !== "typing:started" && name !== "typing:stopped") return;
    const { conversation_id, person_id } = payload as { conversation_id: string; person_id: string };
    if (conversation_id === this.conversationId && person_id !== this.visitorId) this.showTyping(name === "typing:started");
  }

  private showTyping(typing: boolean): void {
    clearTimeout(this.typingEnds);
    if (typing) this.typingEnds = setTimeout(() => this.showTyping(false), TYPING_SHOWN_MS);
    this.state.change((state) => (state.typing === typing ? state : { ...state, typing }));
  }

  private take(update: Update): void {
    if (!("conversation_id" in update) || update.conversation_id !== this.conversationId || !("rev" in update)) return;
    if (this.revisions.see(this.conversationId, update.rev) !== null) void this.catchUp();
    this.put(update);
    if (update.type === "message" && update.message.author.id !== this.visitorId) this.showTyping(false);
  }

  private put(update: Update): void {
    this.state.change((state) => {
      const window = applyToWindow(state.window, update);
      const marks = update.type === "mark" ? withMark(state.marks, update.mark) : state.marks;
      return window === state.window && marks === state.marks ? state : { ...state, window, marks };
    });
  }

  /** One at a time; what was seen to be missing meanwhile is asked for once more. */
  private async catchUp(): Promise<void> {
    if (this.catching) {
      this.missing = true;
      return;
    }
    this.catching = true;
    this.missing = false;
    await this.ask();
    this.catching = false;
    if (this.isMissing()) await this.catchUp();
  }

  private isMissing(): boolean {
    return this.missing;
  }

  private async ask(): Promise<void> {
    try {
      if (this.revisions.get(this.conversationId) === null) await this.begin();
      for (;;) {
        const after = this.revisions.get(this.conversationId) ?? 0;
        const { items, rev, more, marks } = await conversationDoors.changes(this.conversationId, after);
        for (const item of items) {
          if (item.type === "message") this.put({ type: "message", conversation_id: this.conversationId, rev: item.rev, message: item });
        }
        if (marks !== undefined && marks.length > 0) this.state.change((state) => ({ ...state, marks }));
        this.revisions.reached(this.conversationId, rev);
        if (!more) break;
      }
      void this.outbox.flush();
    } catch {
      // The next connection asks again; until then the screen says that it is cut off.
    }
  }

  private async begin(): Promise<void> {
    const page = await conversationDoors.messages(this.conversationId, { newest: true }, PAGE);
    this.state.change((state) => ({ ...state, loaded: true, window: mergePage(state.window, page.items, "older", page.next === null) }));
    this.revisions.reached(this.conversationId, Math.max(0, ...page.items.map(({ rev }) => rev)));
  }
}

function withMark(marks: readonly Mark[], mark: Mark): readonly Mark[] {
  return [...marks.filter(({ person_id }) => person_id !== mark.person_id), mark];
}

function preview(text: string): object {
  return { text: text.slice(0, PREVIEW_CHARS) };
}
