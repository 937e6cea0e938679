/** The list of what may be put in where one writes, while the beginning of it is being written: its keys, and what it says to screen readers. */
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode, type RefObject } from "react";

import classes from "./SuggestionPopup.module.css";

interface Suggestions<One> {
  /** Where in the text it was begun; null when nothing was. */
  at: number | null;
  found: readonly One[];
  label: string;
  keyOf: (one: One) => string;
  draw: (one: One) => Drawn;
  onChoose: (one: One) => void;
  field: RefObject<HTMLTextAreaElement | null>;
}

interface Drawn {
  icon: ReactNode;
  name: string;
  note: string | undefined;
}

/** The list, what the field says of it, and its keys: true when it took one. */
export function useSuggestionPopup<One>({ at, found, label, keyOf, draw, onChoose, field }: Suggestions<One>) {
  const id = useId();
  const [closedAt, setClosedAt] = useState<number | null>(null);
  const [chosen, setChosen] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const isOpen = at !== null && found.length > 0 && closedAt !== at;
  const index = Math.min(chosen, found.length - 1);
  useEffect(() => {
    list.current?.children[index]?.scrollIntoView({ block: "nearest" });
  }, [index, isOpen]);

  const choose = (one: One) => {
    onChoose(one);
    setChosen(0);
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): boolean => {
    const one = found[index];
    if (!isOpen || one === undefined) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") setChosen((index + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length);
    else if (event.key === "Enter" || event.key === "Tab") choose(one);
    else if (event.key === "Escape") setClosedAt(at);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  const popup = isOpen ? (
    <ul ref={list} id={id} role="listbox" aria-label={label} className={classes.popup}>
      {found.map((one, place) => {
        const { icon, name, note } = draw(one);
        return (
          <li
            key={keyOf(one)}
            id={`${id}-${place}`}
            role="option"
            aria-selected={place === index}
            className={classes.option}
            // The field keeps the focus, and a phone its keyboard.
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => choose(one)}
          >
            {icon}
            <span className={classes.name}>{name}</span>
            <span className={classes.group}>{note}</span>
          </li>
        );
      })}
    </ul>
  ) : null;
  const described = isOpen ? { "aria-controls": id, "aria-activedescendant": `${id}-${index}` } : {};
  return { popup, onKeyDown, described };
}
