"""What may stand in a message's text."""

import re

from core.errors import Invalid

_UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")


def clean_text(text: str) -> str:
    r"""Return the text without control characters other than line ends and tabs.

    raises   Invalid  nothing is left

    >>> clean_text("a\r\nb\x00c ")
    'a\nbc'
    """
    cleaned = _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    cleaned = _SURROGATES.sub("\ufffd", cleaned).strip()
    if not cleaned:
        raise Invalid("conversations.empty_message")
    return cleaned
