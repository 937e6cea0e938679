"""What hangs on messages: answers, mentions, reactions, pins, cards."""

from typing import Annotated

from pydantic import Field, StringConstraints

from core.payloads import Body, Id, View

# One emoji, whatever it is put together from: a flag of two letters, a keycap, or pictures with their colour of skin,
# variation and joiners. Unicode's emoji-sequences, a little wider.
_PICTURE = "[\U0001f000-\U0001faff\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299\u00a9\u00ae]"
_PART = f"{_PICTURE}(\ufe0f|[\U0001f3fb-\U0001f3ff])?"
EMOJI = f"^([\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_PART}(\u200d{_PART}){{0,5}}|\U0001f3f4[\U000e0061-\U000e007f]{{3,8}})$"
Emoji = Annotated[str, StringConstraints(max_length=24, pattern=EMOJI)]


class Named(View):
    """Somebody by name."""

    id: str
    name: str


class Reply(View):
    """Which message of the conversation a message answers; it may have been deleted since."""

    id: str
    seq: int


class Mention(View):
    """A place in the text that names somebody, with the present name; no person: everybody in the conversation.

    start, length   in characters (Unicode code points) of the text, the "@" among them
    """

    start: int
    length: int
    person_id: str | None
    name: str


class Pinned(View):
    """By whom a message was pinned, and when."""

    by: Named
    at_ms: int


class Forwarded(View):
    """The message was written elsewhere; by whom, if everybody here may know."""

    author: Named | None


class Card(View):
    """What the first page that a message links says of itself. picture_url: small (WebP), for pages of the same origin."""

    url: str
    title: str
    description: str
    site: str
    picture_url: str | None


class Reaction(View):
    """An emoji and who reacted with it. `people` of a message are the first 20."""

    emoji: str
    count: int
    people: list[Named]


class Reactions(View):
    """Everybody who reacted to a message, by emoji, the first ones first."""

    items: list[Reaction]


class ReactionBody(Body):
    """PUT reactions of a message: set one's own, or take it back."""

    emoji: Emoji
    set: bool


class MentionBody(Body):
    """A place in the text that begins with "@" and names a member, or, with no person, everybody."""

    start: Annotated[int, Field(ge=0, le=10_000)]
    length: Annotated[int, Field(ge=2, le=250)]
    person_id: Id | None


Mentions = Annotated[list[MentionBody], Field(default_factory=list, max_length=50)]
