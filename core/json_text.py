"""JSON as browsers send it: half a character, which their strings may hold (RFC 8259 8.2), becomes U+FFFD."""

import re
from typing import Any

import orjson

# Escapes one after the other, so that neither the second half of a pair nor a backslash that is meant is taken for one.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.S
)


def parse_json(content: bytes | str) -> Any:
    r"""Return what JSON says; raises ValueError.

    >>> parse_json(rb'["\ud83d", "\ud83d\ude00", "\\ud83d"]')
    ['�', '😀', '\\ud83d']
    """
    try:
        return orjson.loads(content)
    except ValueError:
        whole = content.encode() if isinstance(content, str) else content
        mended = _ESCAPE.sub(lambda found: b"\\ufffd" if found[1] else found[0], whole)
        if mended == whole:
            raise
        return orjson.loads(mended)
