/** The languages that everything is written in: made from core/languages.py by `make generate`. */
export const LANGUAGES = ["pl", "en"] as const;
export type Language = (typeof LANGUAGES)[number];
export const DEFAULT_LANGUAGE: Language = "pl";
/** What a page speaks to somebody whose browser asks for none of them. */
export const FALLBACK_LANGUAGE: Language = "en";
