/** Ready texts that are begun by "/" and a shortcut (CC-166). */

export interface Snippet {
  id: string;
  /** What is typed after the "/"; empty: it is found by its name alone. */
  shortcut: string;
  name: string;
  /** Ready to be sent: its variables are filled. */
  text: string;
}

// At the beginning, or after a space; a path or a fraction begins nothing.
const BEGUN = /(?:^|\s)\/([\p{L}\p{N}_-]*)$/u;

function fold(text: string): string {
  return text.toLowerCase().replaceAll("ł", "l").normalize("NFD").replace(/\p{M}/gu, "");
}

/** The shortcut that is being written before the caret, if any; `at` is where the "/" stands, in UTF-16 units. */
export function begunSnippet(text: string, caret: number): { at: number; query: string } | null {
  const query = BEGUN.exec(text.slice(0, caret))?.[1];
  return query === undefined ? null : { at: caret - query.length - 1, query };
}

/** Those whose shortcut begins so come first, then those that have it in their name. */
export function suggestSnippets(query: string, snippets: readonly Snippet[]): Snippet[] {
  const wanted = fold(query);
  const rank = ({ shortcut, name }: Snippet) => {
    if (shortcut !== "" && fold(shortcut).startsWith(wanted)) return 0;
    return fold(name).includes(wanted) ? 1 : 2;
  };
  return snippets.filter((one) => rank(one) < 2).sort((a, b) => rank(a) - rank(b));
}
