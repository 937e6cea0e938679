"""Cursors of paged lists: the sort key of the last row, made opaque."""

import base64
import binascii
import json

from core.errors import Invalid


def write_cursor(*parts: str | int) -> str:
    """Return a cursor that continues after these values."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def parse_cursor(cursor: str | None, count: int) -> list[str] | None:
    """Return the values of a cursor as text, None when there is no cursor.

    raises   Invalid  it is none of ours
    """
    if not cursor:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error) as error:
        raise Invalid("core.bad_cursor") from error
    if (
        not isinstance(values, list)
        or len(values) != count
        or not all(isinstance(value, str | int) and not isinstance(value, bool) for value in values)
        or any(isinstance(value, str) and "\x00" in value for value in values)
        or any(isinstance(value, int) and abs(value) >= 1 << 63 for value in values)
    ):
        raise Invalid("core.bad_cursor")
    return [str(value) for value in values]
