"""What is said and taken about guests: links, the door's own page, and who waits at it."""

from typing import Annotated

from pydantic import Field, StringConstraints

from conversations.messages.payloads import Author
from core.languages import Language
from core.payloads import Body, EventTable, Line, View
from storage.calls.guests import GuestStateName

_DAY_S = 86_400
LinkToken = Annotated[str, StringConstraints(min_length=10, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]


class NewGuestLinkBody(Body):
    """POST conversations/{id}/guest-links.

    expires_in_s   five minutes to thirty days
    uses_limit     how many guests may be admitted by it; None: as many as come
    label          for whom it is, for the members' eyes
    """

    expires_in_s: Annotated[int, Field(ge=300, le=30 * _DAY_S)] = _DAY_S
    uses_limit: Annotated[int, Field(ge=1, le=1000)] | None = None
    label: Line = ""


class GuestLink(View):
    """A link that lets people without an account ask into the conversation's calls. uses: who was admitted by it."""

    id: str
    label: str
    created_by: Author
    created_at_ms: int
    expires_at_ms: int
    uses_limit: int | None
    uses: int


class GuestLinkCreated(GuestLink):
    """A new link. `url` is told once: only a hash of its secret is kept."""

    url: str


class GuestLinks(View):
    """A conversation's links that still are good, newest first."""

    items: list[GuestLink]


class GuestLinkBody(Body):
    """POST guest-links/look: the secret of a link, which stands after the # of its address."""

    token: LinkToken


class Invitation(View):
    """What whoever holds a good link learns of where it leads."""

    organisation: str
    invited_by: str
    running: bool


class NewGuestBody(Body):
    """POST guests: ask to be let in, under a name of one's own."""

    token: LinkToken
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    language: Language = "pl"


class GuestState(View):
    """Where a guest stands.

    running   a call runs in the conversation; people: how many are in it
    conversation_id, conference_id   of the call, as long as they are admitted to it
    """

    id: str
    name: str
    state: GuestStateName
    organisation: str
    invited_by: str
    running: bool
    people: int
    conversation_id: str | None
    conference_id: str | None


class GuestEntered(View):
    """The answer to one who asks: the token to come back with."""

    token: str
    guest: GuestState


class WaitingGuest(View):
    """Somebody at the door. label: of the link they came by."""

    id: str
    name: str
    label: str
    asked_at_ms: int


class Lobby(View):
    """Who waits at the door of a conversation's call, the longest waiting first."""

    conversation_id: str
    items: list[WaitingGuest]


class GuestEvent(View):
    """`guest:changed`: to one guest, where they stand now."""

    guest: GuestState


class LobbyEvent(View):
    """`lobby:changed`: to those who may open the door, everybody who waits before it now."""

    lobby: Lobby


STORED_EVENTS: EventTable = {"guest:changed": GuestEvent, "lobby:changed": LobbyEvent}
