/** Which ready texts there are, while "/" and the beginning of one are being written. */
import { IconTemplate } from "@tabler/icons-react";
import { useEffect, useId, useRef, useState, type KeyboardEvent, type RefObject } from "react";
import { useTranslation } from "react-i18next";

import classes from "./Mention.module.css";
import { begunSnippet, suggestSnippets, type Snippet } from "./snippets";

const SHOWN_MAX = 8;

interface Options {
  snippets: readonly Snippet[];
  text: string;
  caret: number;
  field: RefObject<HTMLTextAreaElement | null>;
  onInsert: (text: string, caret: number) => void;
}

/** The list, what the field says of it to screen readers, and its keys: true when it took one. */
export function useSnippetPopup({ snippets, text, caret, field, onInsert }: Options) {
  const { t } = useTranslation();
  const id = useId();
  const begun = snippets.length === 0 ? null : begunSnippet(text, caret);
  const [closedAt, setClosedAt] = useState<number | null>(null);
  const [chosen, setChosen] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const found = begun === null ? [] : suggestSnippets(begun.query, snippets).slice(0, SHOWN_MAX);
  const isOpen = begun !== null && found.length > 0 && closedAt !== begun.at;
  const index = Math.min(chosen, found.length - 1);
  useEffect(() => {
    list.current?.children[index]?.scrollIntoView({ block: "nearest" });
  }, [index, isOpen]);

  const insert = (one: Snippet) => {
    if (begun === null) return;
    const before = text.slice(0, begun.at) + one.text;
    onInsert(before + text.slice(caret), before.length);
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
    <ul ref={list} id={id} role="listbox" aria-label={t("conversations.snippets.label")} className={classes.popup}>
      {found.map((one, place) => (
        <li
          key={one.id}
          id={`${id}-${place}`}
          role="option"
          aria-selected={place === index}
          className={classes.option}
          // The field keeps the focus, and a phone its keyboard.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => insert(one)}
        >
          <IconTemplate size={22} stroke={1.6} aria-hidden="true" />
          <span className={classes.name}>{one.shortcut === "" ? one.name : `/${one.shortcut}`}</span>
          <span className={classes.group}>{one.text}</span>
        </li>
      ))}
    </ul>
  ) : null;
  const described = isOpen ? { "aria-controls": id, "aria-activedescendant": `${id}-${index}` } : {};
  return { popup, onKeyDown, described };
}
