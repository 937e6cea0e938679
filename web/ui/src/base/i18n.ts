/** The screens' language: the person's setting, else the choice on the sign-in page, else the browser's. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";

import { FALLBACK_LANGUAGE, LANGUAGES, type Language } from "@/protocol/generated/languages";

export { LANGUAGES };

const STORED = "centrala.language";
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { pl: "Polski", en: "English" };

const catalogues = {
  pl: () => import("./locales/pl"),
  en: () => import("./locales/en"),
} as const satisfies Record<Language, unknown>;

function isLanguage(value: unknown): value is Language {
  return LANGUAGES.some((language) => language === value);
}

export function guessLanguage(): Language {
  const stored = window.localStorage.getItem(STORED);
  if (isLanguage(stored)) return stored;
  for (const tag of navigator.languages) {
    const language = tag.split("-")[0];
    if (isLanguage(language)) return language;
  }
  return FALLBACK_LANGUAGE;
}

export function currentLanguage(): Language {
  return isLanguage(i18next.language) ? i18next.language : FALLBACK_LANGUAGE;
}

/** Load the catalogue and put the page into the language. */
export async function applyLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, "translation")) {
    const { default: sentences } = await catalogues[language]();
    i18next.addResourceBundle(language, "translation", sentences);
  }
  document.documentElement.lang = language;
  await i18next.changeLanguage(language);
}

/** Remember a choice made by hand in this browser, for the pages before sign-in. */
export function rememberLanguage(language: Language): void {
  window.localStorage.setItem(STORED, language);
}

export async function startLanguage(): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: {},
    fallbackLng: false,
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  await applyLanguage(guessLanguage());
}
