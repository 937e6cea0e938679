/** The words of a message, with web addresses as links. */
import type { ReactNode } from "react";

const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]}]/g;

function withLinks(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let done = 0;
  for (const match of text.matchAll(LINK)) {
    parts.push(
      text.slice(done, match.index),
      <a key={match.index} href={match[0]} target="_blank" rel="noopener noreferrer nofollow">
        {match[0]}
      </a>,
    );
    done = match.index + match[0].length;
  }
  parts.push(text.slice(done));
  return parts;
}

export function MessageText({ text }: { text: string }) {
  return withLinks(text);
}
