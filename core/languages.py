"""The languages that everything we say is written in; a new one begins here, and the catalogues follow (web/locales)."""

from typing import Literal, get_args

Language = Literal["pl", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
DEFAULT_LANGUAGE: Language = "pl"
# What a page speaks to somebody whose browser asks for none of them.
FALLBACK_LANGUAGE: Language = "en"
