"""Which passwords are refused: those that guessers try first (NIST SP 800-63B, 3.1.1.2), with no rule of composition."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from core.errors import Invalid
from core.folding import fold
from storage.accounts.people import Person

LENGTH_MIN = 8
ADMIN_LENGTH_MIN = 12
_LIST = Path(__file__).with_name("common_passwords.txt")
# Of what a password is about, words this short are in too many good ones.
_WORD_LENGTH_MIN = 4
_PRODUCT = "centrala"
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "0123456789", "1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop")
_AFFIX = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_NO_LETTERS = re.compile(r"[\W_]+")


def check_password(password: str, about: Iterable[str], *, admin: bool) -> None:
    """Refuse a password that is chosen now; one that was chosen earlier goes on opening.

    about   what others know of the person: e-mail, names, the organisation's name
    raises  Invalid, with a sentence that says what to do
    """
    folded = fold(password)
    if admin and len(password) < ADMIN_LENGTH_MIN:
        raise Invalid("accounts.password_short_for_admin", letters=ADMIN_LENGTH_MIN)
    if folded in _common() or folded.replace(" ", "") in _common():
        raise Invalid("accounts.password_common")
    if len(set(folded)) <= 2 or _is_row(folded):
        raise Invalid("accounts.password_simple")
    if _is_about(folded, about):
        raise Invalid("accounts.password_personal")


def known_of(person: Person, organisation_name: str) -> list[str]:
    """Return what others know of a person, for `check_password`."""
    return [person.email, person.first_name, person.last_name, person.name, organisation_name]


@cache
def _common() -> frozenset[str]:
    lines = _LIST.read_text(encoding="utf-8").splitlines()
    return frozenset(fold(line) for line in lines if not line.startswith("#"))


def _is_row(folded: str) -> bool:
    """Tell whether it only runs along the alphabet, the digits or the keyboard, once or again and again."""
    for row in _ROWS:
        for line in (row, row[::-1]):
            if folded in line * (len(folded) // len(line) + 2):
                return True
    return False


def _is_about(folded: str, about: Iterable[str]) -> bool:
    """Tell whether the password is one of the words, whatever digits and signs stand around it."""
    bare = _NO_LETTERS.sub("", _AFFIX.sub("", folded))
    whole = _NO_LETTERS.sub("", folded)
    for text in (*about, _PRODUCT):
        for word in (text, *re.split(r"[\s@.]+", text)):
            known = _NO_LETTERS.sub("", fold(word))
            if len(known) >= _WORD_LENGTH_MIN and known in (bare, whole):
                return True
    return False
