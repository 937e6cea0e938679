/**
 * Snapshot + event = refetch: pure functions that put an update into what was fetched of conversations.
 *
 * How it works: every snapshot has one function that applies an update. Applying twice, or an older update after a newer
 * one, changes nothing, because every row carries the rev of its last change.
 */
import type { Conversation, Mark, Member, Message } from "@/protocol/conversations";
import { isMentioned, isWritten } from "@/protocol/messages";
import type { Person } from "@/protocol/people";
import { applyParticipant, applyToConferences, type Update } from "@/protocol/updates";

import type { Call, Section } from "./rest";

/** Put a message into the pinned ones of its conversation, the one pinned last first. */
export function applyToPins(pins: readonly Message[], message: Message): readonly Message[] {
  const old = pins.find((pin) => pin.id === message.id);
  if (old === undefined ? message.pinned === undefined : old.rev >= message.rev) return pins;
  const others = pins.filter((pin) => pin.id !== message.id);
  if (!message.pinned) return others;
  return [...others, message].sort((a, b) => (b.pinned?.at_ms ?? 0) - (a.pinned?.at_ms ?? 0) || b.seq - a.seq);
}

function countsAsUnread(message: Message): boolean {
  return isWritten(message) && message.deleted_at_ms === null;
}

/** Others' marks after a message came or went. `step` is +1 or -1. */
function shiftUnread(marks: readonly Mark[], message: Message, step: number): Mark[] {
  return marks.map((mark) =>
    mark.person_id === message.author.id || mark.read_seq >= message.seq
      ? mark
      : { ...mark, unread: Math.max(0, mark.unread + step) },
  );
}

function applyMessage(conversation: Conversation, message: Message, selfId: string): Conversation {
  const isNew = message.seq > conversation.seq;
  const last = conversation.last_message;
  let next = conversation;
  if (isNew) {
    const marks = countsAsUnread(message) ? shiftUnread(conversation.marks, message, 1) : conversation.marks;
    next = {
      ...conversation,
      seq: message.seq,
      last_message: message.kind === "system" ? last : message,
      last_activity_at_ms: Math.max(conversation.last_activity_at_ms, message.created_at_ms),
      marks,
    };
  } else {
    if (last !== null && last.id === message.id && last.rev < message.rev) next = { ...next, last_message: message };
    if (isWritten(message) && message.deleted_at_ms !== null) next = { ...next, marks: shiftUnread(next.marks, message, -1) };
  }
  return withOwnUnread(withMention(next, message, selfId), selfId);
}

const MENTIONS_MAX = 20;

function withMention(conversation: Conversation, message: Message, selfId: string): Conversation {
  const read = conversation.marks.find((mark) => mark.person_id === selfId)?.read_seq ?? 0;
  const counts = isMentioned(message, selfId) && message.seq > read;
  if (!counts && !conversation.mentions.includes(message.seq)) return conversation;
  const others = conversation.mentions.filter((seq) => seq !== message.seq);
  const mentions = counts ? [...others, message.seq].sort((a, b) => a - b).slice(-MENTIONS_MAX) : others;
  return { ...conversation, mentions };
}

function withoutRead(conversation: Conversation, mark: Mark, selfId: string): Conversation {
  if (mark.person_id !== selfId || conversation.mentions.every((seq) => seq > mark.read_seq)) return conversation;
  return { ...conversation, mentions: conversation.mentions.filter((seq) => seq > mark.read_seq) };
}

function upsertMark(marks: readonly Mark[], mark: Mark): Mark[] {
  if (marks.every((row) => row.person_id !== mark.person_id)) return [...marks, mark];
  return marks.map((row) => (row.person_id === mark.person_id ? mark : row));
}

const byName = new Intl.Collator("pl");

/** Somebody came, with the mark from which they read, or went, and their mark with them. */
function applyMember(conversation: Conversation, member: Member, mark: Mark | null, selfId: string): Conversation {
  const others = conversation.members.filter((row) => row.person_id !== member.person_id);
  if (member.left_at_ms !== null) {
    return { ...conversation, members: others, marks: conversation.marks.filter((row) => row.person_id !== member.person_id) };
  }
  const members = [...others, member].sort((a, b) => byName.compare(a.name, b.name));
  return withOwnUnread({ ...conversation, members, marks: mark === null ? conversation.marks : upsertMark(conversation.marks, mark) }, selfId);
}

function withOwnUnread(conversation: Conversation, selfId: string): Conversation {
  const own = conversation.marks.find((mark) => mark.person_id === selfId);
  return own === undefined || own.unread === conversation.unread ? conversation : { ...conversation, unread: own.unread };
}

/** Put an update into one conversation, as `selfId` sees it. */
export function applyToConversation(conversation: Conversation, update: Update, selfId: string): Conversation {
  if (update.type === "person") return applyPerson(conversation, update.person);
  if (update.type === "conversation added") {
    return update.conversation.id === conversation.id && update.conversation.rev >= conversation.rev ? update.conversation : conversation;
  }
  if (update.type === "conversation silenced") {
    return update.conversation_id === conversation.id ? { ...conversation, silent: update.silent } : conversation;
  }
  if (update.type === "conversation removed" || update.conversation_id !== conversation.id || update.rev <= conversation.rev) return conversation;
  return { ...applyRow(conversation, update, selfId), rev: update.rev };
}

type RowUpdate = Exclude<Update, { type: "person" | "conversation added" | "conversation removed" | "conversation silenced" }>;

function applyRow(conversation: Conversation, update: RowUpdate, selfId: string): Conversation {
  switch (update.type) {
    case "message":
      return applyMessage(conversation, update.message, selfId);
    case "member":
      return applyMember(conversation, update.member, update.mark ?? null, selfId);
    case "mark":
      return withOwnUnread(withoutRead({ ...conversation, marks: upsertMark(conversation.marks, update.mark) }, update.mark, selfId), selfId);
    case "conversation": {
      const { title, case: serviceCase, version, kind } = update.head;
      return { ...conversation, title, case: serviceCase, version, kind };
    }
    case "conference":
      return { ...conversation, conference: update.conference.state === "running" ? update.conference : null };
    case "participant":
      return { ...conversation, conference: applyParticipant(conversation.conference, update) };
  }
}

function applyPerson(conversation: Conversation, person: Person): Conversation {
  if (!conversation.members.some((member) => member.person_id === person.id)) return conversation;
  return {
    ...conversation,
    members: conversation.members.map((member) =>
      member.person_id === person.id
        ? {
            ...member,
            name: person.name,
            role: person.role,
            group_id: person.group_id,
            group_name: person.group_name,
            avatar_url: person.avatar_url,
          }
        : member,
    ),
  };
}

/** One half of the list, latest activity first; `next` continues it. */
export interface ConversationList {
  section: Section;
  items: Conversation[];
  next: string | null;
}

/** What visitors write, and what colleagues write of it, stands at the desk and in no list. */
const OF_THE_DESK: ReadonlySet<string> = new Set(["visit", "team"]);

/** Which half of the list a conversation stands in; null: in none. */
export function sectionOf(conversation: Pick<Conversation, "kind">): Section | null {
  if (OF_THE_DESK.has(conversation.kind)) return null;
  return conversation.kind === "case" ? "case" : "direct";
}

function byActivity(a: Conversation, b: Conversation): number {
  return b.last_activity_at_ms - a.last_activity_at_ms || (a.id < b.id ? 1 : -1);
}

/** Put a whole conversation into the list, in its place. */
export function upsertConversation(list: ConversationList, conversation: Conversation): ConversationList {
  if (sectionOf(conversation) !== list.section) return list;
  const old = list.items.find((item) => item.id === conversation.id);
  if (old !== undefined && old.rev > conversation.rev) return list;
  const items = [...list.items.filter((item) => item.id !== conversation.id), conversation].sort(byActivity);
  return { ...list, items };
}

/** Put an update into the list. A conversation the list has not loaded stays out: see `isMissing`. */
export function applyToList(list: ConversationList, update: Update, selfId: string): ConversationList {
  if (update.type === "conversation added") return upsertConversation(list, update.conversation);
  if (update.type === "conversation removed") {
    return list.items.some((item) => item.id === update.conversation_id)
      ? { ...list, items: list.items.filter((item) => item.id !== update.conversation_id) }
      : list;
  }
  const items = list.items.map((item) => applyToConversation(item, update, selfId));
  return items.some((item, index) => item !== list.items[index]) ? { ...list, items: items.sort(byActivity) } : list;
}

/** Put a page of conversations behind the list; rows already there keep their newer rev. */
export function mergeConversations(list: ConversationList, page: readonly Conversation[], next: string | null): ConversationList {
  return { ...page.reduce(upsertConversation, list), next };
}

/** The same for the list of calls; what only that says of a call is asked for again. */
export function applyToCalls(calls: readonly Call[], conversationId: string, update: Update): readonly Call[] {
  const changed = applyToConferences(calls, conversationId, update);
  if (changed === calls) return calls;
  return changed.map((one) => ({ seq: null, missed: false, recordings: [], ...calls.find((call) => call.id === one.id), ...one }));
}
