/**
 * What keeps the fetched data true while the page is open: events into the query cache, catching up after a loss.
 *
 * How it works: every stored event becomes an Update, goes into the log (for answers still on their way) and into
 * every snapshot in the cache. A hole in a conversation's rev, and every reconnection, asks for what is missing.
 */
import type { QueryClient } from "@tanstack/react-query";

import { api, type Section } from "@/protocol/api";
import {
  applyToCalls,
  applyToConversation,
  applyToList,
  applyToPins,
  applyToWindow,
  parseEvent,
  sectionOf,
  upsertConversation,
  type ConversationList,
  type MessageWindow,
  type Update,
} from "@/protocol/apply";
import { applyToQueue, applyToSupervision, applyToVisit, parseDeskEvent, type DeskUpdate } from "@/protocol/desk";
import type { Queue, Supervision, VisitDetails } from "@/protocol/deskTypes";
import { EventLog } from "@/protocol/eventlog";
// eslint-disable-next-line centrala/layers
import { Uploads } from "@/files/uploads";
import { Outbox } from "@/protocol/outbox";
import { ApiProblem } from "@/protocol/problem";
import { Revisions } from "@/protocol/revisions";
import { ServerClock } from "@/protocol/serverClock";
import type { SocketLink, LinkState } from "@/protocol/socket";
import type { Call, Change, ConferenceRinging, Conversation, Lobby, Message, SocketEvents } from "@/protocol/types";

import { Drafts } from "./drafts";
import { keys } from "./keys";
import { Store } from "./store";

const TYPING_FORGOTTEN_MS = 6_000;
const HOLE_PATIENCE_MS = 150;
const SECTIONS: readonly Section[] = ["direct", "case"];

/** Conversation -> people who write in it now. */
export type Typing = Readonly<Record<string, readonly string[]>>;

export class Live {
  readonly link = new Store<LinkState>("connecting");
  readonly typing = new Store<Typing>({});
  /** Conversation -> what stands in a visitor's field, before it is sent. */
  readonly begun = new Store<Readonly<Record<string, string>>>({});
  readonly rings = new Store<readonly ConferenceRinging[]>([]);
  /** Doors before which somebody waited since the page opened. */
  readonly lobbies = new Store<readonly Lobby[]>([]);
  readonly outbox: Outbox;
  readonly uploads: Uploads;
  readonly drafts: Drafts;
  readonly revisions = new Revisions();
  readonly log = new EventLog();
  readonly deskLog = new EventLog<DeskUpdate>();
  readonly clock = new ServerClock();
  private readonly messageListeners = new Set<(message: Message) => void>();
  private readonly revokedListeners = new Set<() => void>();
  private readonly typingTimers = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly holes = new Map<string, number>();
  private readonly unknown = new Set<string>();
  private wasReady = false;
  private stops: (() => void)[] = [];

  constructor(
    private readonly cache: QueryClient,
    readonly selfId: string,
    readonly socket: SocketLink,
  ) {
    this.outbox = new Outbox({
      personId: selfId,
      storage: window.localStorage,
      send: async (entry) => {
        if (this.socket.linkState === "online") {
          const { message } = await this.socket.command("message:send", {
            conversation_id: entry.conversation_id,
            client_id: entry.client_id,
            text: entry.text,
            reply_to: entry.reply?.id ?? null,
            mentions: entry.mentions ?? [],
          });
          return message;
        }
        return api.messages.post(entry.conversation_id, entry.client_id, entry.text, entry.reply?.id ?? null, entry.mentions ?? []);
      },
      onStored: (message) => this.takeOwn(message),
    });
    this.drafts = new Drafts(selfId, window.localStorage);
    this.uploads = new Uploads({
      personId: selfId,
      storage: window.localStorage,
      // eslint-disable-next-line centrala/layers
      sender: async () => (await import("@/files/sending")).sender,
      post: (batch, uploadIds) => api.files.post(batch.conversation_id, batch.client_id, batch.text, uploadIds),
      onStored: (message) => this.takeOwn(message),
    });
  }

  start(): void {
    const onStorage = (event: StorageEvent) => {
      if (event.key !== null && event.newValue === null) this.outbox.forgetKey(event.key);
      if (event.key !== null) this.drafts.otherTab(event.key);
    };
    const onHide = () => this.socket.close();
    const onShow = (event: PageTransitionEvent) => {
      if (event.persisted) this.socket.open();
    };
    const onOffline = () => this.uploads.pause();
    const onOnline = () => this.uploads.resume();
    window.addEventListener("offline", onOffline);
    window.addEventListener("online", onOnline);
    window.addEventListener("storage", onStorage);
    window.addEventListener("pagehide", onHide);
    window.addEventListener("pageshow", onShow);
    this.stops = [
      this.socket.onState((state) => this.link.set(state)),
      this.socket.onReady(() => void this.onReady()),
      this.socket.onRefused((problem) => this.onRefused(problem)),
      this.socket.onAny((name, payload) => this.onEvent(name, payload)),
      () => window.removeEventListener("offline", onOffline),
      () => window.removeEventListener("online", onOnline),
      () => window.removeEventListener("storage", onStorage),
      () => window.removeEventListener("pagehide", onHide),
      () => window.removeEventListener("pageshow", onShow),
    ];
    // A call's window opened it already.
    if (this.socket.linkState === "online") {
      this.link.set("online");
      void this.onReady();
    }
    this.socket.open();
    this.uploads.start();
  }

  stop(): void {
    for (const stop of this.stops) stop();
    this.stops = [];
    this.socket.close();
    this.outbox.stop();
    this.uploads.stop();
  }

  /** Called for each message of somebody else that arrives while the page is open. */
  onMessage(listener: (message: Message) => void): () => void {
    this.messageListeners.add(listener);
    return () => this.messageListeners.delete(listener);
  }

  onRevoked(listener: () => void): () => void {
    this.revokedListeners.add(listener);
    return () => this.revokedListeners.delete(listener);
  }

  /** The same for what the desk fetches. */
  async fetchedAtDesk<T>(fetch: () => Promise<T>, apply: (snapshot: T, update: DeskUpdate) => T): Promise<T> {
    const mark = this.deskLog.mark();
    const snapshot = await fetch();
    return this.deskLog.since(mark).reduce(apply, snapshot);
  }

  /** Fetch something so that no event of the meantime is missing from it. */
  async fetched<T>(fetch: () => Promise<T>, apply: (snapshot: T, update: Update) => T): Promise<T> {
    const mark = this.log.mark();
    const snapshot = await fetch();
    return this.log.since(mark).reduce(apply, snapshot);
  }

  follow(conversation: Conversation): void {
    this.revisions.reached(conversation.id, conversation.rev);
  }

  /** The person wants no notices of this conversation. */
  isSilent(conversationId: string): boolean {
    return SECTIONS.some((section) =>
      this.cache.getQueryData<ConversationList>(keys.conversations(section))?.items.some((one) => one.id === conversationId && one.silent),
    );
  }

  dismissRing(conferenceId: string): void {
    this.rings.change((rings) => rings.filter((ring) => ring.conference.id !== conferenceId));
  }

  /** Put a stored change, our own or from the socket, into everything fetched. */
  take(update: Update, { own = false }: { own?: boolean } = {}): void {
    this.log.add(update);
    if (update.type === "message" && update.message.kind === "file") void this.cache.invalidateQueries({ queryKey: keys.allFiles(update.conversation_id) });
    if (update.type === "message" && update.message.kind === "board") void this.cache.invalidateQueries({ queryKey: keys.boards(update.conversation_id) });
    this.cache.setQueriesData<MessageWindow>({ queryKey: ["messages"] }, (old) => old && applyToWindow(old, update));
    if (update.type === "message") this.takeElsewhere(update.message);
    // An own write answers before its event; the rev line moves with the event alone.
    if (own) return;
    this.applyToConversations(update);
  }

  /** Put the answer to a write of one's own into the messages, before its event is here. */
  takeOwn(message: Message): void {
    this.take({ type: "message", conversation_id: message.conversation_id, rev: message.rev, message }, { own: true });
  }

  /** Into what is quoted and what is pinned. */
  private takeElsewhere(message: Message): void {
    this.cache.setQueryData<readonly Message[]>(keys.pins(message.conversation_id), (old) => old && applyToPins(old, message));
    this.cache.setQueryData<Message | null>(keys.quoted(message.conversation_id, message.seq), (old) =>
      old && old.rev < message.rev ? message : old,
    );
  }

  private applyToConversations(update: Update): void {
    for (const section of SECTIONS) {
      this.cache.setQueryData<ConversationList>(keys.conversations(section), (old) => old && applyToList(old, update, this.selfId));
    }
    this.cache.setQueriesData<Conversation>({ queryKey: ["conversation"] }, (old) => old && applyToConversation(old, update, this.selfId));
    if (update.type === "conversation removed") {
      this.revisions.forget(update.conversation_id);
      this.cache.removeQueries({ queryKey: keys.messages(update.conversation_id) });
      void this.cache.invalidateQueries({ queryKey: keys.conversation(update.conversation_id) });
    } else if (update.type === "conversation added") this.follow(update.conversation);
    else if (update.type === "conference" || update.type === "participant") {
      const id = update.conversation_id;
      this.cache.setQueryData<readonly Call[]>(keys.calls(id), (old) => old && applyToCalls(old, id, update));
      if (update.type === "conference") void this.cache.invalidateQueries({ queryKey: keys.calls(id) });
    } else if (update.type === "person" && update.person.id === this.selfId) {
      void this.cache.invalidateQueries({ queryKey: keys.session });
    }
  }

  /** Put a change of a visit or of an offer, our own or from the socket, into everything fetched for the desk. */
  takeAtDesk(update: DeskUpdate): void {
    this.deskLog.add(update);
    this.cache.setQueryData<Queue>(keys.queue, (old) => old && applyToQueue(old, update, this.selfId));
    this.cache.setQueryData<Supervision>(keys.supervision, (old) => old && applyToSupervision(old, update));
    if (update.type === "offer ended") return;
    const { id } = update.type === "visit" ? update.visit : update.offer.visit;
    this.cache.setQueryData<VisitDetails>(keys.visit(id), (old) => old && applyToVisit(old, update));
    // Its steps, and the visitor's pages, come with the details alone.
    void this.cache.invalidateQueries({ queryKey: keys.visit(id) });
    void this.cache.invalidateQueries({ queryKey: keys.supervision });
  }

  private onEvent(name: string, payload: unknown): void {
    const update = parseEvent(name, payload);
    if (update === null) {
      const atDesk = parseDeskEvent(name, payload);
      if (atDesk === null) this.onEphemeral(name, payload);
      else this.takeAtDesk(atDesk);
      return;
    }
    this.take(update);
    if ("conversation_id" in update && "rev" in update) this.look(update.conversation_id, update.rev);
    if (name === "message:posted" && update.type === "message") {
      this.setTyping(update.conversation_id, update.message.author.id, false);
      if (update.message.author.id !== this.selfId) for (const listener of this.messageListeners) listener(update.message);
    }
  }

  private onEphemeral(name: string, payload: unknown): void {
    if (name === "typing:started" || name === "typing:stopped") {
      const event = payload as SocketEvents["typing:started"];
      this.setTyping(event.conversation_id, event.person_id, name === "typing:started");
      if (event.text != null) this.begun.change((begun) => ({ ...begun, [event.conversation_id]: event.text ?? "" }));
    } else if (name === "presence:changed") {
      const { person_id, online } = payload as SocketEvents["presence:changed"];
      this.cache.setQueryData<readonly string[]>(keys.presence, (old) => {
        if (old === undefined) return old;
        const others = old.filter((id) => id !== person_id);
        return online ? [...others, person_id] : others;
      });
    } else if (name === "conference:ringing") {
      const ring = payload as ConferenceRinging;
      this.rings.change((rings) => [...rings.filter((other) => other.conference.id !== ring.conference.id), ring]);
    } else if (name === "lobby:changed") {
      const { lobby } = payload as SocketEvents["lobby:changed"];
      this.cache.setQueryData<Lobby>(keys.lobby(lobby.conversation_id), lobby);
      this.lobbies.change((lobbies) => [...lobbies.filter((other) => other.conversation_id !== lobby.conversation_id), lobby]);
    } else if (name === "ring:stopped") this.dismissRing((payload as SocketEvents["ring:stopped"]).conference_id);
    else if (name === "session:revoked") this.revoked();
  }

  private setTyping(conversationId: string, personId: string, writes: boolean): void {
    if (personId === this.selfId) return;
    const key = `${conversationId} ${personId}`;
    if (!writes) this.begun.change((begun) => Object.fromEntries(Object.entries(begun).filter(([id]) => id !== conversationId)));
    clearTimeout(this.typingTimers.get(key));
    this.typingTimers.delete(key);
    this.typing.change((typing) => {
      const others = (typing[conversationId] ?? []).filter((id) => id !== personId);
      if (!writes && others.length === (typing[conversationId] ?? []).length) return typing;
      return { ...typing, [conversationId]: writes ? [...others, personId] : others };
    });
    if (writes) this.typingTimers.set(key, setTimeout(() => this.setTyping(conversationId, personId, false), TYPING_FORGOTTEN_MS));
  }

  /** Notice holes, and conversations the list has not loaded. */
  private look(conversationId: string, rev: number): void {
    if (this.revisions.get(conversationId) === null) {
      // One answer is enough for all events of its time: it takes them from the log.
      if (this.unknown.has(conversationId)) return;
      this.unknown.add(conversationId);
      void this.refresh(conversationId).finally(() => this.unknown.delete(conversationId));
      return;
    }
    const after = this.revisions.see(conversationId, rev);
    if (after === null || this.holes.has(conversationId)) return;
    this.holes.set(conversationId, after);
    setTimeout(() => {
      this.holes.delete(conversationId);
      const reached = this.revisions.get(conversationId);
      if (reached !== null && reached < rev) void this.catchUp(conversationId, reached);
    }, HOLE_PATIENCE_MS);
  }

  /** Read one conversation anew, into its list too. */
  private async refresh(conversationId: string): Promise<void> {
    try {
      const conversation = await this.fetched(
        () => api.conversations.read(conversationId),
        (snapshot, update) => applyToConversation(snapshot, update, this.selfId),
      );
      this.follow(conversation);
      this.cache.setQueryData<Conversation>(keys.conversation(conversationId), (old) => (old === undefined ? old : conversation));
      const section = sectionOf(conversation);
      if (section === null) return;
      this.cache.setQueryData<ConversationList>(
        keys.conversations(section),
        (old) => old && upsertConversation({ ...old, items: old.items.filter((item) => item.id !== conversationId) }, conversation),
      );
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 404) this.take({ type: "conversation removed", conversation_id: conversationId });
    }
  }

  /** Ask for everything after a rev and put it into the messages; then read the conversation's head anew. */
  private async catchUp(conversationId: string, from: number): Promise<void> {
    let after = from;
    try {
      for (;;) {
        const changes = await api.conversations.changes(conversationId, after);
        for (const change of changes.items) this.takeChange(conversationId, change);
        after = changes.rev;
        this.revisions.reached(conversationId, after);
        if (!changes.more) break;
      }
    } catch (error) {
      if (error instanceof ApiProblem && error.isTransient) setTimeout(() => void this.catchUp(conversationId, after), 3_000);
      else this.cache.removeQueries({ queryKey: keys.messages(conversationId), type: "inactive" });
    }
    await this.refresh(conversationId);
  }

  private takeChange(conversationId: string, change: Change): void {
    if (change.type === "message") {
      const update: Update = { type: "message", conversation_id: conversationId, rev: change.rev, message: change };
      this.log.add(update);
      this.cache.setQueryData<MessageWindow>(keys.messages(conversationId), (old) => old && applyToWindow(old, update));
      this.takeElsewhere(change);
    } else if (change.type === "conference") {
      const update: Update = { type: "conference", conversation_id: conversationId, rev: change.rev, conference: change };
      this.cache.setQueryData<readonly Call[]>(keys.calls(conversationId), (old) => old && applyToCalls(old, conversationId, update));
    }
  }

  /** Online again: ask for what was missed. The first time there is nothing to catch up with. */
  private async onReady(): Promise<void> {
    void this.outbox.flush();
    this.uploads.resume();
    if (!this.wasReady) {
      this.wasReady = true;
      void this.cache.invalidateQueries({ queryKey: keys.presence });
      return;
    }
    this.rings.set([]);
    this.cache.removeQueries({ queryKey: ["quoted"], type: "inactive" });
    this.lobbies.set([]);
    const windows = this.cache.getQueryCache().findAll({ queryKey: ["messages"] });
    for (const query of windows) {
      const conversationId = query.queryKey[1] as string;
      const from = this.revisions.get(conversationId);
      if (!query.isActive() || from === null) this.cache.removeQueries({ queryKey: query.queryKey, exact: true });
      else await this.catchUp(conversationId, from);
    }
    for (const key of [["conversations"], ["conversation"], ["calls"], ["pins"], ["files"], ["boards"], ["presence"], ["lobby"], keys.desk, keys.agentHome, keys.settings, ["session"]]) {
      void this.cache.invalidateQueries({ queryKey: key });
    }
  }

  private onRefused(problem: ApiProblem): void {
    if (problem.status === 401) this.revoked();
  }

  private revoked(): void {
    for (const listener of this.revokedListeners) listener();
  }
}
