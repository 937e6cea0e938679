/** Mentions in what one writes: "@" and a member's whole name; and their places, which the server counts in code points. */
import type { Mention, MentionBody } from "@/protocol/conversations";

export interface Mentionable {
  /** null: everybody. */
  person_id: string | null;
  /** What stands behind the "@". */
  label: string;
}

const WORD = /[\p{L}\p{N}]/u;
const BEGUN = /(?:^|[^\p{L}\p{N}@])@([\p{L}\p{N}'’.-]*(?: [\p{L}\p{N}'’.-]*)?)$/u;

function fold(text: string): string {
  return text.toLowerCase().replaceAll("ł", "l").normalize("NFD").replace(/\p{M}/gu, "");
}

function pointsIn(text: string): number {
  return Array.from(text).length;
}

/** Every place of the text that names somebody; the longest name wins, of two alike the one that was picked. */
export function findMentions(text: string, people: readonly Mentionable[]): MentionBody[] {
  const longest = [...people].sort((a, b) => b.label.length - a.label.length);
  const found: MentionBody[] = [];
  for (let place = text.indexOf("@"); place >= 0; place = text.indexOf("@", place + 1)) {
    if (place > 0 && WORD.test(text[place - 1] ?? "")) continue;
    const named = longest.find(({ label }) => text.startsWith(label, place + 1) && !WORD.test(text[place + 1 + label.length] ?? ""));
    if (named === undefined) continue;
    found.push({ start: pointsIn(text.slice(0, place)), length: pointsIn(named.label) + 1, person_id: named.person_id });
  }
  return found.slice(0, 50);
}

export interface Begun {
  /** Where the "@" stands, in UTF-16 units. */
  at: number;
  query: string;
}

/** The mention that is being written before the caret, if any. */
export function begunMention(text: string, caret: number): Begun | null {
  const match = BEGUN.exec(text.slice(0, caret));
  const query = match?.[1];
  return query === undefined ? null : { at: caret - query.length - 1, query };
}

/** Those whose name, or a part of it, begins so. */
export function suggest(query: string, people: readonly Mentionable[]): Mentionable[] {
  const wanted = fold(query);
  return people.filter(({ label }) => {
    const folded = fold(label);
    return folded.startsWith(wanted) || folded.split(/[\s-]+/).some((part) => part.startsWith(wanted));
  });
}

export type Part = { text: string } | { mention: Mention };

/** A text cut at its mentions. */
export function splitAtMentions(text: string, mentions: readonly Mention[]): Part[] {
  if (mentions.length === 0) return [{ text }];
  const points = Array.from(text);
  const parts: Part[] = [];
  let done = 0;
  for (const mention of mentions) {
    parts.push({ text: points.slice(done, mention.start).join("") }, { mention });
    done = mention.start + mention.length;
  }
  parts.push({ text: points.slice(done).join("") });
  return parts;
}
