/** Whom one may mention, while "@" and the beginning of a name are being written. */
import { IconUsersGroup } from "@tabler/icons-react";
import { useMemo, type RefObject } from "react";
import { useTranslation } from "react-i18next";

import { Picture } from "@/base/people";
import { useSession } from "@/base/session";
import { activeMembers } from "@/conversations/titles";
import type { Conversation } from "@/protocol/conversations";

import { begunMention, suggest, type Mentionable } from "./mentions";
import { useSuggestionPopup } from "./SuggestionPopup";

const SHOWN_MAX = 6;
// Both languages' words, whichever the writer's is.
const EVERYBODY = ["wszyscy", "all"];

/** The other members, and for staff everybody at once. */
export function useMentionable(conversation: Conversation): Mentionable[] {
  const { person } = useSession();
  const { i18n } = useTranslation();
  return useMemo(() => {
    const others = activeMembers(conversation).filter((member) => member.person_id !== person.id);
    const people: Mentionable[] = others.map((member) => ({ person_id: member.person_id, label: member.name }));
    if (person.group_kind !== "staff" || others.length < 2) return people;
    const words = i18n.language.startsWith("pl") ? EVERYBODY : EVERYBODY.toReversed();
    return [...people, ...words.map((label) => ({ person_id: null, label }))];
  }, [conversation, person.id, person.group_kind, i18n.language]);
}

interface Options {
  conversation: Conversation;
  text: string;
  caret: number;
  field: RefObject<HTMLTextAreaElement | null>;
  onInsert: (text: string, caret: number) => void;
}

export function useMentionPopup({ conversation, text, caret, field, onInsert }: Options) {
  const { t } = useTranslation();
  const people = useMentionable(conversation);
  const begun = begunMention(text, caret);
  const suggested = begun === null ? [] : suggest(begun.query, people);
  return useSuggestionPopup<Mentionable>({
    at: begun?.at ?? null,
    // Everybody once, whichever word was begun, and last.
    found: [...suggested.filter((one) => one.person_id !== null).slice(0, SHOWN_MAX), ...suggested.filter((one) => one.person_id === null).slice(0, 1)],
    label: t("conversations.mention.label"),
    keyOf: ({ person_id }) => person_id ?? "all",
    draw: ({ person_id, label }) => {
      if (person_id === null) return { icon: <IconUsersGroup size={28} stroke={1.6} aria-hidden="true" />, name: label, note: t("conversations.mention.everybodyText") };
      const member = conversation.members.find((row) => row.person_id === person_id);
      return { icon: <Picture id={person_id} name={label} url={member?.avatar_url ?? null} size={28} />, name: label, note: member?.group_name };
    },
    onChoose: (one) => {
      if (begun === null) return;
      const before = `${text.slice(0, begun.at)}@${one.label} `;
      onInsert(before + text.slice(caret).replace(/^ /, ""), before.length);
    },
    field,
  });
}
