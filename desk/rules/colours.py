"""Colours of the widget: what can be read on them (WCAG 2.2, 1.4.3 and 1.4.11)."""

import re

_COLOUR = re.compile(r"#[0-9a-f]{6}")
# A control must stand out from the page around it by this much.
OUTSTANDING = 3.0
_WHITE, _HOUSE_BLACK = "#fff", "#1f1a29"
# Where both inks are read equally well; web/widget/src/frame/ink.ts has the same.
_INKS_MEET_AT = 0.2045


def parse_colour(text: str) -> str | None:
    """Return a colour as #rrggbb, or None when it is written in another way."""
    lower = text.strip().lower()
    return lower if _COLOUR.fullmatch(lower) else None


def contrast_of(one: str, other: str) -> float:
    """Return the contrast of two colours (#rrggbb), 1.0 to 21.0.

    >>> contrast_of("#000000", "#ffffff")
    21.0
    """
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return round((bright + 0.05) / (dark + 0.05), 2)


def choose_text_colour(background: str) -> str:
    """Return white or black, whichever is read better on a colour; one of them always has 4.5 at least.

    >>> choose_text_colour("#7318b6")
    '#ffffff'
    """
    return "#ffffff" if contrast_of(background, "#ffffff") >= contrast_of(background, "#000000") else "#000000"


def choose_ink(background: str) -> str:
    """Return what the widget writes with on a colour, white or the house black; on what is no colour, white.

    >>> choose_ink("#7318b6"), choose_ink("#ffcc00"), choose_ink("red")
    ('#fff', '#1f1a29', '#fff')
    """
    colour = parse_colour(background)
    return _HOUSE_BLACK if colour and _luminance(colour) > _INKS_MEET_AT else _WHITE


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[place : place + 2], 16) / 255) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
