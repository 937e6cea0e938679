/** Which ready texts there are, while "/" and the beginning of one are being written. */
import { IconTemplate } from "@tabler/icons-react";
import type { RefObject } from "react";
import { useTranslation } from "react-i18next";

import { begunSnippet, suggestSnippets, type Snippet } from "./snippets";
import { useSuggestionPopup } from "./SuggestionPopup";

const SHOWN_MAX = 8;

interface Options {
  snippets: readonly Snippet[];
  text: string;
  caret: number;
  field: RefObject<HTMLTextAreaElement | null>;
  onInsert: (text: string, caret: number) => void;
}

export function useSnippetPopup({ snippets, text, caret, field, onInsert }: Options) {
  const { t } = useTranslation();
  const begun = snippets.length === 0 ? null : begunSnippet(text, caret);
  return useSuggestionPopup<Snippet>({
    at: begun?.at ?? null,
    found: begun === null ? [] : suggestSnippets(begun.query, snippets).slice(0, SHOWN_MAX),
    label: t("conversations.snippets.label"),
    keyOf: ({ id }) => id,
    draw: ({ shortcut, name, text: note }) => ({
      icon: <IconTemplate size={22} stroke={1.6} aria-hidden="true" />,
      name: shortcut === "" ? name : `/${shortcut}`,
      note,
    }),
    onChoose: (one) => {
      if (begun === null) return;
      const before = text.slice(0, begun.at) + one.text;
      onInsert(before + text.slice(caret), before.length);
    },
    field,
  });
}
