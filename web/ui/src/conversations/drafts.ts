/** What was begun in a conversation and not sent: kept on this device, for each person, also after signing out. */
import type { Reply } from "@/protocol/conversations";
import { Observable } from "@/protocol/observable";

export interface Draft {
  text: string;
  reply: Reply | null;
}

export type DraftsById = Readonly<Record<string, Draft>>;

const TOLD_AFTER_MS = 400;
const KEPT_MAX = 200;

export class Drafts {
  /** By conversation; told a moment after the last letter, so that lists do not follow each one. */
  readonly store = new Observable<DraftsById>({});
  private drafts: Record<string, Draft> = {};
  private readonly prefix: string;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    personId: string,
    private readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">,
  ) {
    this.prefix = `centrala.draft.${personId}.`;
    for (let index = 0; index < storage.length; index += 1) {
      const key = storage.key(index);
      if (key?.startsWith(this.prefix) === true) this.read(key);
    }
    this.store.set({ ...this.drafts });
  }

  get(conversationId: string): Draft | null {
    return this.drafts[conversationId] ?? null;
  }

  set(conversationId: string, text: string, reply: Reply | null): void {
    const key = this.prefix + conversationId;
    if (text.trim() === "" && reply === null) {
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
      delete this.drafts[conversationId];
      this.storage.removeItem(key);
    } else if (conversationId in this.drafts || Object.keys(this.drafts).length < KEPT_MAX) {
      this.drafts[conversationId] = { text, reply };
      try {
        this.storage.setItem(key, JSON.stringify({ text, reply }));
      } catch {
        // A full or forbidden storage: the draft lives as long as this page.
      }
    }
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => this.store.set({ ...this.drafts }), TOLD_AFTER_MS);
  }

  /** Another tab wrote (the `storage` event). */
  otherTab(key: string): void {
    if (!key.startsWith(this.prefix)) return;
    this.read(key);
    this.store.set({ ...this.drafts });
  }

  private read(key: string): void {
    const conversationId = key.slice(this.prefix.length);
    try {
      const { text, reply } = JSON.parse(this.storage.getItem(key) ?? "") as Partial<Draft>;
      if (typeof text === "string") this.drafts[conversationId] = { text, reply: reply ?? null };
    } catch {
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
      delete this.drafts[conversationId];
    }
  }
}
