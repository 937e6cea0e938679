"""The connections of this process and the rooms they are in.

A room is a scope of events: "conversation:ID", "party:ID", "session:ID"; and, for the time of a call,
"conference:ID", "participant:ID" and, for guests who were admitted, "guests:ID"; "visit:ID" for who looks at one.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from accounts.rights import Actor
from signaling.engine import EdgeSocket, EventFrame


@dataclass(eq=False, slots=True)
class Seat:
    """What a connection holds in a conference: its participant and the transports it opened there."""

    conference_id: str
    participant_id: str
    transports: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BoardPlace:
    """A whiteboard a connection has open. `key` stands for the tab before others."""

    board_id: str
    conversation_id: str
    key: str


@dataclass(eq=False, slots=True)
class Connection:
    """One tab.

    token      what it signed in with, to look the person up again
    looked_up_at_ns  when that was done last
    looking    the visits it has open
    unloaded   conversations left while the list of rooms was still being read
    closing    the page said that it goes away
    out        it was closed because the right to it is gone
    """

    sid: str
    socket: EdgeSocket
    actor: Actor
    token: str
    looked_up_at_ns: int
    rooms: set[str] = field(default_factory=set)
    seats: dict[str, Seat] = field(default_factory=dict)
    boards: dict[str, BoardPlace] = field(default_factory=dict)
    looking: set[str] = field(default_factory=set)
    unloaded: set[str] | None = None
    closing: bool = False
    out: bool = False
    order: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def person_id(self) -> str:
        """The person at the tab."""
        return self.actor.party_id


class Connections:
    """Who is connected to this process, by socket and by room."""

    def __init__(self) -> None:
        self._by_sid: dict[str, Connection] = {}
        self._by_room: dict[str, set[Connection]] = {}

    def __len__(self) -> int:
        return len(self._by_sid)

    def __iter__(self) -> Iterator[Connection]:
        return iter(tuple(self._by_sid.values()))

    def add(self, connection: Connection) -> None:
        """Take in a connection; its person and session can be reached from now on."""
        self._by_sid[connection.sid] = connection
        self.enter(connection, f"party:{connection.actor.party_id}")
        if connection.actor.session_id is not None:
            self.enter(connection, f"session:{connection.actor.session_id}")

    def get(self, sid: str) -> Connection | None:
        """Return a connection by its socket, None when it is gone."""
        return self._by_sid.get(sid)

    def remove(self, sid: str) -> Connection | None:
        """Forget a connection; return it."""
        connection = self._by_sid.pop(sid, None)
        if connection is not None:
            for room in tuple(connection.rooms):
                self.leave(connection, room)
        return connection

    def enter(self, connection: Connection, room: str) -> None:
        """Put a connection into a room, unless it is gone already."""
        if connection.sid in self._by_sid:
            connection.rooms.add(room)
            self._by_room.setdefault(room, set()).add(connection)

    def leave(self, connection: Connection, room: str) -> None:
        """Take a connection out of a room."""
        connection.rooms.discard(room)
        others = self._by_room.get(room)
        if others is not None:
            others.discard(connection)
            if not others:
                del self._by_room[room]

    def in_room(self, room: str) -> tuple[Connection, ...]:
        """Return who is in a room."""
        return tuple(self._by_room.get(room, ()))

    def send_one(self, connection: Connection, kind: str, payload: str) -> None:
        """Send an event to one connection."""
        connection.socket.send_event(EventFrame(kind, payload))

    def send(
        self, rooms: Iterable[str], kind: str, payload: str, *, but: Callable[[Connection], bool] | None = None
    ) -> int:
        """Send an event to everybody in the rooms, encoded once; return to how many.

        but   whom to leave out
        """
        hearers: set[Connection] = set()
        for room in rooms:
            hearers |= self._by_room.get(room, set())
        if not hearers:
            return 0
        event = EventFrame(kind, payload)
        sent = 0
        for connection in hearers:
            if but is None or not but(connection):
                connection.socket.send_event(event)
                sent += 1
        return sent
