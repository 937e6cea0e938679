/** What the tab remembers of the widget from page to page; written after the visitor's first click, never before. */

export interface Remembered {
  open: boolean;
  /** There is a talk to come back to. */
  talk: boolean;
}

export function recall(key: string): Remembered | null {
  try {
    const text = sessionStorage.getItem(`centrala.${key}`);
    return text === null ? null : { open: text[0] === "1", talk: text[1] === "1" };
  } catch {
    return null;
  }
}

export function remember(key: string, { open, talk }: Remembered): void {
  try {
    sessionStorage.setItem(`centrala.${key}`, `${open ? 1 : 0}${talk ? 1 : 0}`);
  } catch {
    // A page that may store nothing: each page of it begins anew.
  }
}
