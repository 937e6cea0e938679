/** The catalogue in the frame: dotted keys, `{{arguments}}`, CLDR plurals by the browser's own rules. */
import { FALLBACK_LANGUAGE, type Language } from "@/protocol/generated/languages";

type Tree = { [key: string]: string | Tree };

const LOADERS: Readonly<Record<Language, () => Promise<{ default: Tree }>>> = {
  pl: () => import("../../../locales/pl/widget.json"),
  en: () => import("../../../locales/en/widget.json"),
};

export interface Arguments {
  count?: number;
  [name: string]: string | number | undefined;
}

/** Sentences of one language by their whole key, as `widget.header.fold`. */
export class Words {
  private readonly sentences = new Map<string, string>();
  private readonly plurals: Intl.PluralRules;

  constructor(
    readonly language: Language,
    tree: Tree,
  ) {
    this.plurals = new Intl.PluralRules(language);
    this.flatten(tree, "widget");
  }

  /** The sentence; the key itself when nobody wrote it. */
  say(key: string, given: Arguments = {}): string {
    const form = given.count === undefined ? undefined : this.sentences.get(`${key}_${this.plurals.select(given.count)}`);
    const sentence = form ?? this.sentences.get(key) ?? key;
    return sentence.replace(/\{\{\s*(\w+)\s*\}\}/g, (whole, name: string) => String(given[name] ?? whole));
  }

  private flatten(tree: Tree, prefix: string): void {
    for (const [key, value] of Object.entries(tree)) {
      if (typeof value === "string") this.sentences.set(`${prefix}.${key}`, value);
      else this.flatten(value, `${prefix}.${key}`);
    }
  }
}

let words: Words | null = null;

/** Fetch the catalogue and put the page into the language. */
export async function speak(language: Language): Promise<void> {
  if (words?.language === language) return;
  const { default: tree } = await LOADERS[language]();
  words = new Words(language, tree);
  document.documentElement.lang = language;
}

export function t(key: string, given?: Arguments): string {
  return words?.say(key, given) ?? key;
}

export function currentLanguage(): Language {
  return words?.language ?? FALLBACK_LANGUAGE;
}

/** How times and numbers are written: English with the hours of a whole day, as in the application. */
export function currentLocale(): string {
  const language = currentLanguage();
  return language === "en" ? "en-GB" : language;
}
