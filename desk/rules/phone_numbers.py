"""What a telephone number of the pool may be (ITU-T E.164), and whose package has one (CC-184, CC-185)."""

from typing import Final, Literal

Fault = Literal["phone_country", "phone_signs", "phone_length", "phone_polish"]

# The manual, 11.2.5: "Własny numer telefonu jest funkcją dostępną w pakietach Run i Grow."
PACKAGES_WITH_NUMBER: Final = frozenset({"run", "grow"})

_SEPARATORS = str.maketrans("", "", " \u00a0-()./")
_DIGITS = frozenset("0123456789")
# E.164, 6.1: fifteen digits with the country code; shorter ones than seven are no subscribers' numbers anywhere.
_MOST_DIGITS = 15
_LEAST_DIGITS = 7
_POLAND = "48"
_POLISH_DIGITS = 11


def parse_phone_number(typed: str) -> tuple[str, Fault | None]:
    """Return a number as E.164 writes it, and what is wrong with it, if anything is.

    >>> parse_phone_number("+48 22 599-44-93")
    ('+48225994493', None)
    >>> parse_phone_number("22 599 44 93")
    ('225994493', 'phone_country')
    """
    bare = typed.strip().translate(_SEPARATORS)
    digits = bare.removeprefix("+")
    if not digits or not _DIGITS.issuperset(digits):
        return bare, "phone_signs"
    if digits == bare or digits.startswith("0"):
        return bare, "phone_country"
    if digits.startswith(_POLAND) and len(digits) != _POLISH_DIGITS:
        return bare, "phone_polish"
    if not _LEAST_DIGITS <= len(digits) <= _MOST_DIGITS:
        return bare, "phone_length"
    return bare, None


def has_own_number(package: str) -> bool:
    """Tell whether organisations with a package have telephone numbers of their own (CC-185)."""
    return package in PACKAGES_WITH_NUMBER
