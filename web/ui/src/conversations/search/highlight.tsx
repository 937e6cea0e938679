/** Marks of searched words, as the server finds them: beginnings, however they are written. */
import type { ReactNode } from "react";

/** Fold as the server does, letter for letter, so that places in the folded text are places in the original. */
export function foldLetters(text: string): string {
  return Array.from(text)
    .map((letter) => {
      const folded = letter.toLowerCase().replace("ł", "l").normalize("NFD").replace(/\p{M}/gu, "");
      return folded.length === letter.length ? folded : letter;
    })
    .join("");
}

/** Mark the beginnings of words that were searched. */
export function highlight(text: string, words: string): ReactNode[] {
  const wanted = foldLetters(words).split(/\s+/).filter(Boolean);
  const folded = foldLetters(text);
  const parts: ReactNode[] = [];
  let done = 0;
  for (const match of folded.matchAll(/[\p{L}\p{N}]+/gu)) {
    const hit = wanted.filter((word) => match[0].startsWith(word)).sort((a, b) => b.length - a.length)[0];
    if (hit === undefined) continue;
    parts.push(text.slice(done, match.index), <mark key={match.index}>{text.slice(match.index, match.index + hit.length)}</mark>);
    done = match.index + hit.length;
  }
  parts.push(text.slice(done));
  return parts;
}
