/**
 * What the frame keeps in its own origin's storage: who the visitor is, and a message that is not out yet.
 *
 * How it works: nothing is written before the visitor asks for something. Browsers give each website that embeds us a storage
 * of its own, so that one site's visitor is nobody on another; where they give none, the visit lives as long as the page.
 */
import type { Medium } from "./doors";
import type { Consent } from "./questions";

export interface Pending {
  client_id: string;
  medium: Medium;
  text: string;
  consent: Consent;
}

export interface Kept {
  token: string;
  visitor_id: string;
}

/** Storage that may be forbidden: then in memory. */
export function openStorage(): Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length"> {
  try {
    return window.localStorage;
  } catch {
    const rows = new Map<string, string>();
    return {
      getItem: (key) => rows.get(key) ?? null,
      setItem: (key, value) => void rows.set(key, value),
      removeItem: (key) => void rows.delete(key),
      key: (index) => [...rows.keys()][index] ?? null,
      get length() {
        return rows.size;
      },
    };
  }
}

export class Cupboard {
  readonly storage = openStorage();

  constructor(private readonly key: string) {}

  get visitor(): Kept | null {
    const { token, visitor_id } = this.read<Kept>("visitor") ?? {};
    return typeof token === "string" && typeof visitor_id === "string" ? { token, visitor_id } : null;
  }

  set visitor(kept: Kept | null) {
    this.write("visitor", kept);
  }

  get pending(): Pending | null {
    const found = this.read<Pending>("pending");
    return typeof found?.client_id === "string" && typeof found.text === "string" ? (found as Pending) : null;
  }

  set pending(pending: Pending | null) {
    this.write("pending", pending);
  }

  private read<T>(name: string): Partial<T> | null {
    try {
      const value: unknown = JSON.parse(this.storage.getItem(`centrala.widget.${this.key}.${name}`) ?? "null");
      return typeof value === "object" ? value : null;
    } catch {
      return null;
    }
  }

  private write(name: string, value: unknown): void {
    const key = `centrala.widget.${this.key}.${name}`;
    try {
      if (value === null) this.storage.removeItem(key);
      else this.storage.setItem(key, JSON.stringify(value));
    } catch {
      // Full: the visit lives as long as the page.
    }
  }
}
