/** What a conversation is called and shows in its tile. */
import i18next from "i18next";

import type { Author, Conversation, Message } from "@/protocol/conversations";

export function activeMembers(conversation: Conversation) {
  return conversation.members.filter((member) => member.left_at_ms === null);
}

export function otherMember(conversation: Conversation, selfId: string) {
  return activeMembers(conversation).find((member) => member.person_id !== selfId);
}

/** The case's name, the group's title, the other person's name, or what notes are called (CONF-003). */
export function titleOf(conversation: Conversation, selfId: string): string {
  if (conversation.case !== null) return conversation.case.title;
  if (conversation.title !== "") return conversation.title;
  if (conversation.kind === "notes") return i18next.t("conversations.notes");
  const others = activeMembers(conversation).filter((member) => member.person_id !== selfId);
  const names = (others.length > 0 ? others : conversation.members.filter((member) => member.person_id !== selfId)).map((member) => member.name);
  return names.length > 0 ? names.join(", ") : i18next.t("conversations.untitled");
}

// locale-keys: conversations.system.*
/** Whoever wrote; a visitor of a website may have said no name. */
export function authorName(author: Pick<Author, "kind" | "name">): string {
  return author.name === "" && author.kind === "visitor" ? i18next.t("desk.unknown") : author.name;
}

/** A system or call line in the reader's language; the server stores its code and arguments. */
export function describeSystemLine(message: Message, selfId: string, formatDuration: (ms: number) => string): string {
  const body = message.body ?? {};
  const missed = message.author.id === selfId ? "call.unanswered" : "call.missed";
  const code = body.missed === true ? missed : typeof body.code === "string" ? body.code : "unknown";
  const key = `conversations.system.${code}`;
  if (!i18next.exists(key)) return i18next.t("conversations.system.unknown");
  return i18next.t(key, {
    ...body,
    author: message.author.kind === "guest" ? i18next.t("guest.named", { name: message.author.name }) : authorName(message.author),
    duration: typeof body.duration_ms === "number" ? formatDuration(body.duration_ms) : "",
    statusName: typeof body.status === "string" ? i18next.t(`conversations.status.${body.status}`) : "",
  });
}
