"""Text for searching and sorting: one folding and one Polish sort key for every database.

SQLite's lower, LIKE and NOCASE leave "Ł" alone, and byte order puts "Ć" after "Z", so what is
searched, compared or sorted is folded here and stored beside the original.
"""

import re
import unicodedata

_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss", "ı": "i"})
_ALPHABET = "aąbcćdeęfghijklłmnńoópqrsśtuvwxyzźż"
_ORDER = {letter: chr(0x100 + place) for place, letter in enumerate(_ALPHABET)}
_WORD = re.compile(r"[^\W_]+")
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], " ")
_LONGEST_WORD = 100


def fold(text: str) -> str:
    """Return text without case and diacritics, spaces squeezed: what searches and comparisons use.

    >>> fold("  Żółta   ŁÓDŹ ")
    'zolta lodz'
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.lower().split())
    once = unicodedata.normalize("NFKD", text.translate(_CONTROLS).casefold())
    # Compatibility forms ("㎆") open up into capitals, and capitals into marks: fold what came out as well.
    lowered = unicodedata.normalize("NFKD", once.casefold()).translate(_PLAIN)
    bare = "".join(char for char in lowered if not unicodedata.combining(char))
    return " ".join(bare.split())


def words(text: str) -> list[str]:
    """Return the folded words of a text, in order: letters and digits, at most the first 100 of each.

    >>> words("Zażółć, gęślą-jaźń!")
    ['zazolc', 'gesla', 'jazn']
    """
    return [word[:_LONGEST_WORD] for word in _WORD.findall(fold(text))]


def sort_key(text: str) -> str:
    """Return a key whose plain character order is the Polish alphabet's.

    >>> sorted(["Zora", "Ćma", "cel", "Łoś", "lis"], key=sort_key)
    ['cel', 'Ćma', 'lis', 'Łoś', 'Zora']
    """
    key = []
    for char in unicodedata.normalize("NFC", " ".join(text.casefold().split())):
        if char in _ORDER:
            key.append(_ORDER[char])
            continue
        for bare in fold(char) or char:
            key.append(_ORDER.get(bare, bare))
    return "".join(key)


def fold_email(email: str) -> str:
    """Return the form under which an e-mail address is unique: NFKC and case folded, nothing else."""
    folded = unicodedata.normalize("NFKC", email.strip()).casefold()
    return unicodedata.normalize("NFKC", folded)
