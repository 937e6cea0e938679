/**
 * What the frame keeps in its own origin's storage: who the visitor is, and a message that is not out yet.
 *
 * How it works: nothing is written before the visitor asks for something. Browsers give each website that embeds us a storage
 * of its own, so that one site's visitor is nobody on another; where they give none, the visit lives as long as the page.
 * Whom the site says it knows has a drawer of their own: who signs in or out there, or shares a computer, never sees what
 * somebody else wrote.
 */
import type { Consent } from "./questions";
import type { Medium } from "./rest";

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

  /** subject  whom the site says the visitor is; empty: nobody it knows */
  constructor(
    private readonly key: string,
    readonly subject: string = "",
  ) {}

  place(name: string): string {
    return `centrala.widget.${this.key}.${name}${this.subject === "" ? "" : `.${this.subject}`}`;
  }

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

  /** Other tabs hear of a visit that goes on. */
  noteVisit(id: string): void {
    this.write("visit", id);
  }

  /** Another drawer, with the message that was not out yet. */
  moved(subject: string): Cupboard {
    const drawer = new Cupboard(this.key, subject);
    const { pending } = this;
    this.pending = null;
    drawer.pending = pending;
    return drawer;
  }

  private read<T>(name: string): Partial<T> | null {
    try {
      const value: unknown = JSON.parse(this.storage.getItem(this.place(name)) ?? "null");
      return typeof value === "object" ? value : null;
    } catch {
      return null;
    }
  }

  private write(name: string, value: unknown): void {
    const key = this.place(name);
    try {
      if (value === null) this.storage.removeItem(key);
      else this.storage.setItem(key, JSON.stringify(value));
    } catch {
      // Full: the visit lives as long as the page.
    }
  }
}

/** Where tabs tell each other whom the site names. */
export const SUBJECT_PLACE = (key: string) => `centrala.widget.${key}.subject`;

/** Tell other tabs whom the site names here; a page that names nobody may just not say it. */
export function noteSubject(key: string, subject: string, out = false): void {
  try {
    if (subject !== "" || out) openStorage().setItem(SUBJECT_PLACE(key), subject);
  } catch {
    // Full, or forbidden: other tabs learn it when they are loaded.
  }
}

/** Whom a signed identity names; the server alone can tell whether that is true. */
export function subjectOf(identity: string | undefined): string {
  try {
    const claims = (identity ?? "").split(".")[1] ?? "";
    const bytes = Uint8Array.from(atob(claims.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    const { sub } = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown };
    return typeof sub === "string" ? sub.slice(0, 200) : "";
  } catch {
    return "";
  }
}
