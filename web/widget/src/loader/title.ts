/**
 * How many messages are unread, before the title of the host's tab.
 *
 * How it works: the page may change its title meanwhile, so ours is put before whatever stands there, and taken from there.
 */
import { ofDocument } from "./hostDocument";

const COUNTED = /^\(\d+\+?\) /;

export function withCount(title: string, count: number): string {
  const plain = title.replace(COUNTED, "");
  if (count <= 0) return plain;
  return `(${count > 99 ? "99+" : count}) ${plain}`;
}

export class TabTitle {
  private count = 0;
  private touched = false;
  private observer: MutationObserver | null = null;

  show(count: number): void {
    this.count = count;
    if (count > 0) {
      this.touched = true;
      this.observer ??= this.watch();
    } else {
      this.observer?.disconnect();
      this.observer = null;
    }
    if (this.touched) this.write();
  }

  /** The title as the page means it. */
  get plain(): string {
    const title = ofDocument("title");
    return this.touched ? withCount(title, 0) : title;
  }

  private write(): void {
    const title = ofDocument("title");
    const wanted = withCount(title, this.count);
    if (title !== wanted) Reflect.set(Document.prototype, "title", wanted, document);
  }

  private watch(): MutationObserver {
    const observer = new MutationObserver(() => this.write());
    observer.observe(ofDocument("head"), { childList: true, subtree: true, characterData: true });
    return observer;
  }
}
