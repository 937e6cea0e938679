"""The catalogue of sentences in every language, read by the server as i18next reads it in the browser.

Keys are dotted, `{{name}}` is replaced by an argument, and `count` chooses a CLDR plural form
(`_one`, `_few`, `_many`, `_other`; for Polish and English, the languages we have).
"""

import re
from collections.abc import Mapping
from typing import Any

from core.languages import DEFAULT_LANGUAGE, LANGUAGES, Language

_ARGUMENT = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def flatten(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return nested sentences as one mapping with dotted keys."""
    flat: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            flat.update(flatten(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = str(value)
    return flat


def plural_form(language: str, count: int) -> str:
    """Return the CLDR category of a whole number: one, few, many or other."""
    if language != "pl":
        return "one" if count == 1 else "other"
    if count == 1:
        return "one"
    if count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14):
        return "few"
    return "many"


def choose_language(accept_language: str | None) -> Language:
    """Return the first language of an Accept-Language header (RFC 9110 12.5.4) that we have."""
    ranked = []
    for part in (accept_language or "").split(",")[:20]:
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        ranked.append((-weight, tag.split("-")[0].lower()))
    for _, tag in sorted(ranked, key=lambda pair: pair[0]):
        if tag in LANGUAGES:
            return tag
    return DEFAULT_LANGUAGE


class Catalogue:
    """Sentences by language and key.

    sentences   language -> dotted key -> sentence; keys start with the name of their file
    """

    def __init__(self, sentences: Mapping[str, Mapping[str, str]]) -> None:
        self._sentences = sentences

    def say(self, language: str, key: str, **arguments: Any) -> str:
        """Return the sentence in a language we have; the key itself when nobody wrote it."""
        table = self._sentences.get(language) or self._sentences[DEFAULT_LANGUAGE]
        sentence = table.get(key)
        if sentence is None and isinstance(arguments.get("count"), int):
            sentence = table.get(f"{key}_{plural_form(language, arguments['count'])}")
        if sentence is None:
            return key
        return _ARGUMENT.sub(lambda match: str(arguments.get(match[1], match[0])), sentence)

    def has(self, language: str, key: str) -> bool:
        """Tell whether the key has a sentence in the language."""
        return key in self._sentences.get(language, {})
