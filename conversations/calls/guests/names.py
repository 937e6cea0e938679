"""The name a guest gives: made harmless, because it stands beside the names of people we know."""

import unicodedata

from core.errors import Invalid

MAX_NAME = 60
_MARKS_IN_A_ROW = 2


def clean_name(text: str) -> str:
    """Return a name of visible characters in one line, at most 60 of them.

    What turns the reading direction, has no width, or piles marks up is left out; look-alike forms of letters (wide,
    mathematical) become the letters.

    raises   Invalid  no letter is left

    >>> clean_name("  Ann\\u202ea \\n Nowak ")
    'Anna Nowak'
    """
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFKC", text):
        category = unicodedata.category(character)
        marks = marks + 1 if category[0] == "M" else 0
        if character.isspace() or category in ("Zl", "Zp"):
            kept.append(" ")
        elif category[0] != "C" and marks <= _MARKS_IN_A_ROW:
            kept.append(character)
    name = " ".join("".join(kept).split())[:MAX_NAME].strip()
    if not any(character.isalpha() for character in name):
        raise Invalid("conversations.bad_guest_name")
    return name
