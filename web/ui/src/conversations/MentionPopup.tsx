/** Whom one may mention, while "@" and the beginning of a name are being written. */
import { IconUsersGroup } from "@tabler/icons-react";
import { useId, useMemo, useState, type KeyboardEvent, type RefObject } from "react";
import { useTranslation } from "react-i18next";

import { Picture } from "@/app/people";
import { useSession } from "@/app/session";
import type { Conversation } from "@/protocol/types";

import classes from "./Mention.module.css";
import { begunMention, suggest, type Mentionable } from "./mentions";
import { activeMembers } from "./titles";

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

/** The list, what the field says of it to screen readers, and its keys: true when it took one. */
export function useMentionPopup({ conversation, text, caret, field, onInsert }: Options) {
  const { t } = useTranslation();
  const id = useId();
  const people = useMentionable(conversation);
  const begun = begunMention(text, caret);
  const [closedAt, setClosedAt] = useState<number | null>(null);
  const [chosen, setChosen] = useState(0);
  const suggested = begun === null ? [] : suggest(begun.query, people);
  // Everybody once, whichever word was begun, and last.
  const found = [...suggested.filter((one) => one.person_id !== null).slice(0, SHOWN_MAX), ...suggested.filter((one) => one.person_id === null).slice(0, 1)];
  const isOpen = begun !== null && found.length > 0 && closedAt !== begun.at;
  const index = Math.min(chosen, found.length - 1);

  const insert = (one: Mentionable) => {
    if (begun === null) return;
    const before = `${text.slice(0, begun.at)}@${one.label} `;
    onInsert(before + text.slice(caret).replace(/^ /, ""), before.length);
    setChosen(0);
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): boolean => {
    const one = found[index];
    if (!isOpen || one === undefined) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") setChosen((index + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length);
    else if (event.key === "Enter" || event.key === "Tab") insert(one);
    else if (event.key === "Escape") setClosedAt(begun.at);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  const popup = isOpen ? (
    <ul id={id} role="listbox" aria-label={t("conversations.mention.label")} className={classes.popup}>
      {found.map((one, place) => {
        const member = conversation.members.find((row) => row.person_id === one.person_id);
        return (
          <li
            key={one.person_id ?? "all"}
            id={`${id}-${place}`}
            role="option"
            aria-selected={place === index}
            className={classes.option}
            // The field keeps the focus, and a phone its keyboard.
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => insert(one)}
          >
            {one.person_id === null ? (
              <IconUsersGroup size={28} stroke={1.6} aria-hidden="true" />
            ) : (
              <Picture id={one.person_id} name={one.label} url={member?.avatar_url ?? null} size={28} />
            )}
            <span className={classes.name}>{one.label}</span>
            <span className={classes.group}>{one.person_id === null ? t("conversations.mention.everybodyText") : member?.group_name}</span>
          </li>
        );
      })}
    </ul>
  ) : null;
  const described = isOpen ? { "aria-controls": id, "aria-activedescendant": `${id}-${index}` } : {};
  return { popup, onKeyDown, described };
}
