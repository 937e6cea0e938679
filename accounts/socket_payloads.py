"""What goes over the socket about people, their sessions and who is present."""

from accounts.payloads import Person
from core.payloads import Body, CommandTable, EventTable, View


class TabClosing(Body):
    """`tab:closing`: the page is going away; do not wait for a heartbeat."""


class ReadClock(Body):
    """`clock:read`: what time is it at the server? Whoever asks takes half of the way for the answer's age."""


class TimeTold(View):
    """What the server's clock said when it answered, in UTC ms."""

    now_ms: int


class PersonEvent(View):
    """`person:changed`: names, picture, role or group."""

    person: Person


class SessionRevoked(View):
    """`session:revoked`: sign in again."""


class PresenceChanged(View):
    """`presence:changed`."""

    person_id: str
    online: bool


COMMANDS: CommandTable = {"tab:closing": (TabClosing, None), "clock:read": (ReadClock, TimeTold)}
STORED_EVENTS: EventTable = {"person:changed": PersonEvent, "session:revoked": SessionRevoked}
EPHEMERAL_EVENTS: EventTable = {"presence:changed": PresenceChanged}
