"""What goes over the socket about people, their sessions and who is present."""

from accounts.payloads import Person
from core.payloads import Body, CommandTable, EventTable, View


class TabClosing(Body):
    """`tab:closing`: the page is going away; do not wait for a heartbeat."""


class PersonEvent(View):
    """`person:changed`: names, picture, role or group."""

    person: Person


class SessionRevoked(View):
    """`session:revoked`: sign in again."""


class PresenceChanged(View):
    """`presence:changed`."""

    person_id: str
    online: bool


COMMANDS: CommandTable = {"tab:closing": (TabClosing, None)}
STORED_EVENTS: EventTable = {"person:changed": PersonEvent, "session:revoked": SessionRevoked}
EPHEMERAL_EVENTS: EventTable = {"presence:changed": PresenceChanged}
