/** The few words outside the frame; the loader is too small for a catalogue. */
import { FALLBACK_LANGUAGE, LANGUAGES, type Language } from "@/protocol/generated/languages";

interface Words {
  open: string;
  fold: string;
  frame: string;
  dismiss: string;
  unread: string;
}

export const WORDS: Readonly<Record<Language, Words>> = {
  pl: { open: "Otwórz czat", fold: "Zwiń czat", frame: "Czat z nami", dismiss: "Zamknij wiadomość", unread: "nieprzeczytane" },
  en: { open: "Open chat", fold: "Fold chat", frame: "Chat with us", dismiss: "Close message", unread: "unread" },
};

/** The page's own language if it is one of ours, else the first of the browser's that is, else English. */
export function chooseLanguage(wanted: unknown, pageLanguage: string, browserLanguages: readonly string[]): Language {
  for (const tag of [wanted, pageLanguage, ...browserLanguages]) {
    const language = LANGUAGES.find((one) => typeof tag === "string" && tag.slice(0, 2).toLowerCase() === one);
    if (language) return language;
  }
  return FALLBACK_LANGUAGE;
}
