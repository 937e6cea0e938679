"""Elements of a scene as Excalidraw 0.18.1 writes them, checked field by field before anything of them is kept.

What is not known here is refused: the page's library is pinned, so a field nobody knows is no field of ours. Pictures
are names of files (`fileId`), never their bytes; elements that show pages of others (embeddable, iframe) are refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

MAX_ELEMENT_CHARS: Final = 180_000
MAX_POINTS: Final = 10_000
MAX_TEXT: Final = 10_000
MAX_LINK: Final = 2_000
MAX_VERSION: Final = 1 << 31
_MAX_PLACE: Final = 1e7
_MAX_LIST: Final = 2_000
_MAX_NAME: Final = 100
_ID_CHARACTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")

Check = Callable[[Any], bool]


class BadElement(Exception):
    """An element that cannot be kept; `code` is a stable reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Element:
    """One version of an element.

    nonce   the versionNonce: of two equal versions the lower one stands
    text    JSON as it is kept and sent on; of a deleted element only what keeps it deleted
    """

    id: str
    version: int
    nonce: int
    deleted: bool
    text: str

    @property
    def size_chars(self) -> int:
        """What it counts against the board's limit."""
        return len(self.text)


def is_id(value: object) -> bool:
    """Tell whether a value is an id of an element, a group or a file.

    >>> is_id("x_1"), is_id(""), is_id("a b"), is_id(7)
    (True, False, False, False)
    """
    return isinstance(value, str) and 0 < len(value) <= 64 and _ID_CHARACTERS.issuperset(value)


def is_link(value: object) -> bool:
    """Tell whether a value is a link that a page may follow: http, https or mailto.

    >>> is_link("https://example.org/a"), is_link("javascript:alert(1)"), is_link("mailto:a@b.pl"), is_link("//x")
    (True, False, True, False)
    """
    if not isinstance(value, str) or not 0 < len(value) <= MAX_LINK:
        return False
    if any(one <= " " or one == "\x7f" for one in value):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return (parts.scheme in ("http", "https") and bool(parts.netloc)) or (
        parts.scheme == "mailto" and "@" in parts.path
    )


def _number(low: float = -_MAX_PLACE, high: float = _MAX_PLACE) -> Check:
    # Comparing refuses NaN as well.
    return lambda value: type(value) in (int, float) and low <= value <= high


def _whole(low: int, high: int) -> Check:
    return lambda value: type(value) is int and low <= value <= high


def _text(limit: int) -> Check:
    return lambda value: isinstance(value, str) and len(value) <= limit and "\x00" not in value


def _one_of(*allowed: object) -> Check:
    return lambda value: isinstance(value, str | None) and value in allowed


def _maybe(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _list_of(check: Check, limit: int = _MAX_LIST) -> Check:
    return lambda value: isinstance(value, list) and len(value) <= limit and all(map(check, value))


def _record(fields: Mapping[str, Check], required: tuple[str, ...] = ()) -> Check:
    def check(value: object) -> bool:
        return (
            isinstance(value, dict)
            and all(name in value for name in required)
            and all(name in fields and fields[name](one) for name, one in value.items())
        )

    return check


def _boolean(value: object) -> bool:
    return isinstance(value, bool)


def _colour(value: object) -> bool:
    return isinstance(value, str) and len(value) <= 40 and all(one.isalnum() or one in "#(),.% -" for one in value)


_place = _number()


def _point(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and _place(value[0]) and _place(value[1])


_points = _list_of(_point, MAX_POINTS)
_binding = _maybe(
    _record(
        {
            "elementId": is_id,
            "focus": _number(-1e9, 1e9),
            "gap": _number(-1e9, 1e9),
            "fixedPoint": _maybe(_point),
            "mode": _text(20),
        },
        required=("elementId",),
    )
)
_segment = _record({"start": _point, "end": _point, "index": _whole(0, MAX_POINTS)}, required=("start", "end", "index"))
_arrowhead = _maybe(_text(40))

_COMMON: Final[dict[str, Check]] = {
    "id": is_id,
    "type": lambda value: value in _OWN,
    "x": _place,
    "y": _place,
    "width": _place,
    "height": _place,
    "angle": _number(-100, 100),
    "strokeColor": _colour,
    "backgroundColor": _colour,
    "fillStyle": _one_of("hachure", "cross-hatch", "solid", "zigzag"),
    "strokeWidth": _number(0, 100),
    "strokeStyle": _one_of("solid", "dashed", "dotted"),
    "roundness": _maybe(_record({"type": _whole(1, 3), "value": _number(0, 1e6)}, required=("type",))),
    "roughness": _number(0, 10),
    "opacity": _number(0, 100),
    "seed": _whole(0, 1 << 32),
    "version": _whole(0, MAX_VERSION),
    "versionNonce": _whole(0, 1 << 32),
    "index": _maybe(_text(200)),
    "isDeleted": _boolean,
    "groupIds": _list_of(is_id, 100),
    "frameId": _maybe(is_id),
    "boundElements": _maybe(
        _list_of(_record({"id": is_id, "type": _one_of("arrow", "text")}, required=("id", "type")))
    ),
    "updated": _whole(0, 1 << 53),
    "link": _maybe(lambda value: value == "" or is_link(value)),
    "locked": _boolean,
    "hasTextLink": _boolean,
    # The library sets it to undefined or an empty object; programs' own data is not ours to keep.
    "customData": _maybe(lambda value: value == {}),
}
_LINEAR: Final[dict[str, Check]] = {
    "points": _points,
    "lastCommittedPoint": _maybe(_point),
    "startBinding": _binding,
    "endBinding": _binding,
    "startArrowhead": _arrowhead,
    "endArrowhead": _arrowhead,
    "polygon": _boolean,
}
_OWN: Final[dict[str, dict[str, Check]]] = {
    "rectangle": {},
    "diamond": {},
    "ellipse": {},
    "line": _LINEAR,
    "arrow": {
        **_LINEAR,
        "elbowed": _boolean,
        "fixedSegments": _maybe(_list_of(_segment)),
        "startIsSpecial": _maybe(_boolean),
        "endIsSpecial": _maybe(_boolean),
    },
    "freedraw": {
        "points": _points,
        "pressures": _list_of(_number(0, 1e6), MAX_POINTS),
        "simulatePressure": _boolean,
        "lastCommittedPoint": _maybe(_point),
    },
    "text": {
        "text": _text(MAX_TEXT),
        "originalText": _text(MAX_TEXT),
        "rawText": _text(MAX_TEXT),
        "fontSize": _number(0.01, 10_000),
        "fontFamily": _whole(1, 100),
        "textAlign": _one_of("left", "center", "right"),
        "verticalAlign": _one_of("top", "middle", "bottom"),
        "containerId": _maybe(is_id),
        "lineHeight": _number(0, 100),
        "autoResize": _boolean,
        "baseline": _number(),
    },
    "image": {
        "fileId": _maybe(is_id),
        "status": _one_of("pending", "saved", "error"),
        "scale": _point,
        "crop": _maybe(
            _record(
                {
                    **dict.fromkeys(("x", "y", "width", "height"), _place),
                    **dict.fromkeys(("naturalWidth", "naturalHeight"), _number(0, 1e6)),
                }
            )
        ),
    },
    "frame": {"name": _maybe(_text(_MAX_NAME))},
}
_FIELDS: Final = {kind: {**_COMMON, **own} for kind, own in _OWN.items()}
_REQUIRED: Final = ("id", "type", "version", "versionNonce", "x", "y", "width", "height")
_NEEDED: Final = {"line": ("points",), "arrow": ("points",), "freedraw": ("points",), "text": ("text",)}


def parse_element(value: object) -> Element:
    """Return a checked element, a deleted one shrunk to its tombstone.

    value    parsed JSON, as a client sent it
    raises   BadElement  boards.bad_element, boards.unknown_element, boards.bad_link, boards.element_too_large
    """
    if not isinstance(value, dict) or not all(name in value for name in _REQUIRED):
        raise BadElement("boards.bad_element")
    kind = value["type"]
    fields = _FIELDS.get(kind) if isinstance(kind, str) else None
    if fields is None:
        raise BadElement("boards.unknown_element")
    for name, one in value.items():
        check = fields.get(name)
        if check is None or not check(one):
            raise BadElement("boards.bad_link" if name == "link" else "boards.bad_element")
    if any(name not in value for name in _NEEDED.get(kind, ())):
        raise BadElement("boards.bad_element")
    if value.get("isDeleted", False):
        return bury(value["id"], kind, value["version"], value["versionNonce"], value.get("index"))
    try:
        text = orjson.dumps(value).decode()
    except (orjson.JSONEncodeError, UnicodeDecodeError) as error:
        raise BadElement("boards.bad_element") from error
    if len(text) > MAX_ELEMENT_CHARS:
        raise BadElement("boards.element_too_large")
    return Element(value["id"], value["version"], value["versionNonce"], False, text)


def bury(element_id: str, kind: str, version: int, nonce: int, index: str | None) -> Element:
    """Return the tombstone of an element: what is needed to keep it deleted, and nothing it showed."""
    left = {
        "id": element_id,
        "type": kind,
        "version": version,
        "versionNonce": nonce,
        "index": index,
        "isDeleted": True,
    }
    return Element(element_id, version, nonce, True, orjson.dumps(left).decode())


def revise(text: str, version: int, nonce: int) -> Element:
    """Return a kept element under another version, for putting back what it was."""
    value = orjson.loads(text)
    value["version"], value["versionNonce"] = version, nonce
    return parse_element(value)


def delete(text: str, version: int, nonce: int) -> Element:
    """Return the tombstone of a kept element."""
    value = orjson.loads(text)
    return bury(value["id"], value["type"], version, nonce, value.get("index"))
