"""What a web page says of itself in its head: title, description, picture (Open Graph, https://ogp.me, else HTML's own).

How it works: hostile pages are as likely as others, so this is no parser of HTML. It goes once over the text, from one
"<meta" or "<title" to the next ">", and looks at no more than 2 kB of each; the time it takes grows with the length alone.
"""

import re
from dataclasses import dataclass
from html import unescape

from conversations.messages.text import clean_text
from core.errors import Invalid

_TAG_CHARS = 2_000
_TAGS_MAX = 200
_NAMES = {
    "og:title": "title", "twitter:title": "title", "og:description": "description", "description": "description",
    "twitter:description": "description", "og:image": "picture", "og:image:url": "picture", "twitter:image": "picture",
    "og:site_name": "site",
}  # fmt: skip
_LENGTHS = {"title": 200, "description": 300, "site": 100, "picture": 1_000}
_ATTRIBUTE = re.compile(r"""([a-zA-Z:-]{1,30})\s{0,5}=\s{0,5}("[^"]*"|'[^']*'|[^\s"'>]+)""")
_CHARSET = re.compile(rb"""charset\s{0,5}=\s{0,5}["']?([a-zA-Z0-9_-]{1,40})""")


@dataclass(frozen=True, slots=True)
class PageSummary:
    """Plain text, one line each; empty where the page says nothing. picture: an address, maybe a relative one."""

    title: str = ""
    description: str = ""
    site: str = ""
    picture: str = ""


def decode_page(content: bytes, charset: str | None) -> str:
    """Return the text of a page in whatever it is written in; what cannot be read is replaced."""
    found = _CHARSET.search(content[:2_000])
    for name in (charset, found[1].decode("ascii") if found else None):
        if name is None:
            continue
        try:
            # A codec that is none of text (zip, hex) is refused by the method, as against the function of codecs.
            return content.decode(name, "replace")
        except (LookupError, ValueError, UnicodeError):
            continue
    return content.decode("utf-8", "replace")


def summarise_page(text: str) -> PageSummary:
    """Return what the head of a page says.

    >>> summarise_page('<title>A &amp; B</title><meta property="og:image" content="/a.png">')
    PageSummary(title='A & B', description='', site='', picture='/a.png')
    """
    found: dict[str, str] = {}
    title = ""
    place = 0
    lower = text.lower()
    for _ in range(_TAGS_MAX):
        begin = _next(lower, place)
        if begin < 0:
            break
        if lower.startswith("<title", begin):
            opened = lower.find(">", begin, begin + _TAG_CHARS)
            closed = lower.find("</title", opened, opened + _TAG_CHARS) if opened >= 0 else -1
            if closed >= 0 and not title:
                title = _line(text[opened + 1 : closed], _LENGTHS["title"])
            place = max(begin + 6, closed)
            continue
        end = lower.find(">", begin, begin + _TAG_CHARS)
        place = begin + 5 if end < 0 else end
        if end >= 0:
            _take(text[begin:end], found)
    return PageSummary(
        title=found.get("title") or title,
        description=found.get("description", ""),
        site=found.get("site", ""),
        picture=found.get("picture", ""),
    )


def _next(lower: str, place: int) -> int:
    places = [one for one in (lower.find("<meta", place), lower.find("<title", place)) if one >= 0]
    begin = min(places, default=-1)
    body = lower.find("<body", place, begin) if begin >= 0 else -1
    return -1 if body >= 0 else begin


def _take(tag: str, found: dict[str, str]) -> None:
    attributes = {name.lower(): value.strip("\"'") for name, value in _ATTRIBUTE.findall(tag)}
    name = _NAMES.get(attributes.get("property", attributes.get("name", "")).lower())
    # Open Graph comes before what is said for others, whatever the order.
    if name is not None and ("property" in attributes or name not in found):
        line = _line(attributes.get("content", ""), _LENGTHS[name])
        if line and not ("property" in attributes and found.get(f"og {name}")):
            found[name] = line
            if "property" in attributes:
                found[f"og {name}"] = "1"


def _line(text: str, most: int) -> str:
    try:
        line = " ".join(clean_text(unescape(text)).split())
    except Invalid:
        return ""
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"
