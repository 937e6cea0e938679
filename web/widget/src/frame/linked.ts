/** Addresses in plain text, so that they can be followed; everything else stays text. */

export interface Piece {
  text: string;
  href: string | null;
}

const ADDRESS = /\b(?:https?:\/\/[^\s<>"']+|www\.[^\s<>"'/]+\.[^\s<>"']+)/gi;
/** Belongs to the sentence and not to the address. */
const TRAILING = /[.,;:!?)\]}”’]+$/;

export function findLinks(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    let found = match[0];
    const trailing = TRAILING.exec(found)?.[0] ?? "";
    // A closing bracket whose opening one is in the address is the address's own.
    if (!(trailing.startsWith(")") && found.includes("("))) found = found.slice(0, found.length - trailing.length);
    if (match.index > end) pieces.push({ text: text.slice(end, match.index), href: null });
    pieces.push({ text: found, href: /^www\./i.test(found) ? `https://${found}` : found });
    end = match.index + found.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end), href: null });
  return pieces;
}
