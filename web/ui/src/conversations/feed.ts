/**
 * What keeps conversations, their messages and their calls true while the page is open: events, and catching up.
 *
 * How it works: a hole in a conversation's rev, and every reconnection, asks for what is missing. A conversation that no
 * list has loaded is read whole when something happens in it.
 */
import { Feed, type FeedHost } from "@/base/feed";
import { conversationDoors, type Change, type Conversation, type Message } from "@/protocol/conversations";
import { applyToWindow, type MessageWindow } from "@/protocol/messages";
import { Outbox } from "@/protocol/outbox";
import { ApiProblem } from "@/protocol/problem";
import { Revisions } from "@/protocol/revisions";
import type { SocketEvents } from "@/protocol/socketEvents";
import { parseEvent, type Update } from "@/protocol/updates";

import { applyToCalls, applyToConversation, applyToList, applyToPins, sectionOf, upsertConversation, type ConversationList } from "./applying";
import { Drafts } from "./drafts";
import { keys } from "./keys";
import { api, type Call, type Section } from "./rest";
import { TypingNow } from "./typing";

const HOLE_PATIENCE_MS = 150;
const SECTIONS: readonly Section[] = ["direct", "case"];

export class ConversationsFeed extends Feed<Update> {
  override readonly stale = [["conversations"], ["conversation"], ["calls"], ["pins"], keys.presence];
  readonly typing: TypingNow;
  readonly outbox: Outbox;
  readonly drafts: Drafts;
  private readonly revisions = new Revisions();
  private readonly messageListeners = new Set<(message: Message) => void>();
  private readonly holes = new Map<string, number>();
  private readonly unknown = new Set<string>();

  constructor(host: FeedHost) {
    super(host);
    this.typing = new TypingNow(host.selfId);
    this.drafts = new Drafts(host.selfId, window.localStorage);
    this.outbox = new Outbox({
      personId: host.selfId,
      storage: window.localStorage,
      send: async (entry) => {
        if (host.socket.linkState === "online") {
          const { message } = await host.socket.command("message:send", {
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
      onStored: (message) => host.stored(message),
    });
  }

  override start(): () => void {
    const onStorage = ({ key, newValue }: StorageEvent) => {
      if (key === null) return;
      if (newValue === null) this.outbox.forgetKey(key);
      this.drafts.otherTab(key);
    };
    window.addEventListener("storage", onStorage);
    return () => {
      window.removeEventListener("storage", onStorage);
      this.outbox.stop();
    };
  }

  override forget(): void {
    this.outbox.clear();
  }

  /** Called for each message of somebody else that arrives while the page is open. */
  onMessage(listener: (message: Message) => void): () => void {
    this.messageListeners.add(listener);
    return () => this.messageListeners.delete(listener);
  }

  follow(conversation: Conversation): void {
    this.revisions.reached(conversation.id, conversation.rev);
  }

  /** The person wants no notices of this conversation. */
  isSilent(conversationId: string): boolean {
    return SECTIONS.some((section) =>
      this.host.cache.getQueryData<ConversationList>(keys.conversations(section))?.items.some((one) => one.id === conversationId && one.silent),
    );
  }

  override parse(name: string, payload: unknown): Update | null {
    return parseEvent(name, payload);
  }

  override apply(update: Update): void {
    this.applyToMessages(update);
    this.applyToConversations(update);
  }

  /** Into the messages before the event is here; the rev line moves with the event alone. */
  override stored(message: Message): void {
    const update: Update = { type: "message", conversation_id: message.conversation_id, rev: message.rev, message };
    this.log.add(update);
    this.applyToMessages(update);
  }

  override hear(name: string, payload: unknown): void {
    const update = this.parse(name, payload);
    if (update === null) {
      this.hearEphemeral(name, payload);
      return;
    }
    this.take(update);
    if ("conversation_id" in update && "rev" in update) this.look(update.conversation_id, update.rev);
    if (name === "message:posted" && update.type === "message") {
      this.typing.ended(update.conversation_id, update.message.author.id);
      if (update.message.author.id !== this.selfId) for (const listener of this.messageListeners) listener(update.message);
    }
  }

  override async ready(again: boolean): Promise<void> {
    const { cache } = this.host;
    void this.outbox.flush();
    if (!again) {
      void cache.invalidateQueries({ queryKey: keys.presence });
      return;
    }
    cache.removeQueries({ queryKey: ["quoted"], type: "inactive" });
    for (const query of cache.getQueryCache().findAll({ queryKey: ["messages"] })) {
      const conversationId = query.queryKey[1] as string;
      const from = this.revisions.get(conversationId);
      if (!query.isActive() || from === null) cache.removeQueries({ queryKey: query.queryKey, exact: true });
      else await this.catchUp(conversationId, from);
    }
  }

  private hearEphemeral(name: string, payload: unknown): void {
    if (name === "typing:started" || name === "typing:stopped") {
      const { conversation_id, person_id, text } = payload as SocketEvents["typing:started"];
      this.typing.told(conversation_id, person_id, name === "typing:started", text ?? null);
    } else if (name === "presence:changed") {
      const { person_id, online } = payload as SocketEvents["presence:changed"];
      this.host.cache.setQueryData<readonly string[]>(keys.presence, (old) => {
        if (old === undefined) return old;
        const others = old.filter((id) => id !== person_id);
        return online ? [...others, person_id] : others;
      });
    }
  }

  /** Into every run of messages, what is quoted and what is pinned. */
  private applyToMessages(update: Update): void {
    if (update.type !== "message") return;
    const { cache } = this.host;
    const { message } = update;
    cache.setQueriesData<MessageWindow>({ queryKey: ["messages"] }, (old) => old && applyToWindow(old, update));
    cache.setQueryData<readonly Message[]>(keys.pins(message.conversation_id), (old) => old && applyToPins(old, message));
    cache.setQueryData<Message | null>(keys.quoted(message.conversation_id, message.seq), (old) => (old && old.rev < message.rev ? message : old));
  }

  private applyToConversations(update: Update): void {
    const { cache } = this.host;
    for (const section of SECTIONS) {
      cache.setQueryData<ConversationList>(keys.conversations(section), (old) => old && applyToList(old, update, this.selfId));
    }
    cache.setQueriesData<Conversation>({ queryKey: ["conversation"] }, (old) => old && applyToConversation(old, update, this.selfId));
    if (update.type === "conversation removed") {
      this.revisions.forget(update.conversation_id);
      cache.removeQueries({ queryKey: keys.messages(update.conversation_id) });
      void cache.invalidateQueries({ queryKey: keys.conversation(update.conversation_id) });
    } else if (update.type === "conversation added") this.follow(update.conversation);
    else if (update.type === "conference" || update.type === "participant") {
      const id = update.conversation_id;
      cache.setQueryData<readonly Call[]>(keys.calls(id), (old) => old && applyToCalls(old, id, update));
      if (update.type === "conference") void cache.invalidateQueries({ queryKey: keys.calls(id) });
    }
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
    const { cache } = this.host;
    try {
      const conversation = await this.fetched(
        () => api.conversations.read(conversationId),
        (snapshot, update) => applyToConversation(snapshot, update, this.selfId),
      );
      this.follow(conversation);
      cache.setQueryData<Conversation>(keys.conversation(conversationId), (old) => (old === undefined ? old : conversation));
      const section = sectionOf(conversation);
      if (section === null) return;
      cache.setQueryData<ConversationList>(
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
        const changes = await conversationDoors.changes(conversationId, after);
        for (const change of changes.items) this.takeChange(conversationId, change);
        after = changes.rev;
        this.revisions.reached(conversationId, after);
        if (!changes.more) break;
      }
    } catch (error) {
      if (error instanceof ApiProblem && error.isTransient) setTimeout(() => void this.catchUp(conversationId, after), 3_000);
      else this.host.cache.removeQueries({ queryKey: keys.messages(conversationId), type: "inactive" });
    }
    await this.refresh(conversationId);
  }

  private takeChange(conversationId: string, change: Change): void {
    if (change.type === "message") {
      const update: Update = { type: "message", conversation_id: conversationId, rev: change.rev, message: change };
      this.log.add(update);
      this.applyToMessages(update);
    } else if (change.type === "conference") {
      const update: Update = { type: "conference", conversation_id: conversationId, rev: change.rev, conference: change };
      this.host.cache.setQueryData<readonly Call[]>(keys.calls(conversationId), (old) => old && applyToCalls(old, conversationId, update));
    }
  }
}
