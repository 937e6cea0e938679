/** Who writes now, and what stands in a visitor's field before it is sent; told for a moment, never stored. */
import { Observable } from "@/protocol/observable";

const FORGOTTEN_MS = 6_000;

/** Conversation -> people who write in it now. */
export type Typing = Readonly<Record<string, readonly string[]>>;

export class TypingNow {
  readonly people = new Observable<Typing>({});
  /** By conversation. */
  readonly begun = new Observable<Readonly<Record<string, string>>>({});
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(private readonly selfId: string) {}

  /** Somebody began or ceased to write; text: what stands in a visitor's field. */
  told(conversationId: string, personId: string, writes: boolean, text: string | null): void {
    this.set(conversationId, personId, writes);
    if (text !== null) this.begun.change((begun) => ({ ...begun, [conversationId]: text }));
  }

  ended(conversationId: string, personId: string): void {
    this.set(conversationId, personId, false);
  }

  private set(conversationId: string, personId: string, writes: boolean): void {
    if (personId === this.selfId) return;
    const key = `${conversationId} ${personId}`;
    if (!writes) this.begun.change((begun) => Object.fromEntries(Object.entries(begun).filter(([id]) => id !== conversationId)));
    clearTimeout(this.timers.get(key));
    this.timers.delete(key);
    this.people.change((typing) => {
      const others = (typing[conversationId] ?? []).filter((id) => id !== personId);
      if (!writes && others.length === (typing[conversationId] ?? []).length) return typing;
      return { ...typing, [conversationId]: writes ? [...others, personId] : others };
    });
    if (writes) this.timers.set(key, setTimeout(() => this.ended(conversationId, personId), FORGOTTEN_MS));
  }
}
