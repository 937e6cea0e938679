"""Who has a visit open: agents with the same visit on their screens see each other's names.

How it works: nothing is stored. A page says that it looks, again and again; whoever looks as well is told, and forgets it a
while after the last time. Leaving the visit, or losing the socket, is told at once. The rooms of lookers are this
process's, the telling goes to all.
"""

from accounts.lost_rights import Ender, Lost
from core.errors import Refusal, Unavailable
from desk.visits import looking_payloads as payloads
from desk.visits.visits import VisitService
from signaling.connections import Connection, Connections
from signaling.relay import Relay

_ROOM = "visit:"
# A page shows one visit at a time; more open at once are somebody's program.
_AT_ONCE = 20


class Looking:
    """The commands of whoever opens and leaves a visit."""

    def __init__(self, visits: VisitService, connections: Connections, relay: Relay) -> None:
        self._visits = visits
        self._connections = connections
        self._relay = relay

    async def look(self, connection: Connection, body: payloads.VisitReference) -> None:
        """Say that the page shows a visit.

        raises   NotFound  no visit of the actor's projects, nor one they had
        emits    visit:looked, to the others who look
        """
        visit_id = body.visit_id
        try:
            await self._visits.demand_visit(connection.actor, visit_id)
        except Refusal:
            # It may be that the right to it is gone since.
            self._leave(connection, visit_id)
            raise
        for other in sorted(connection.looking - {visit_id})[_AT_ONCE - 1 :]:
            self._leave(connection, other)
        connection.looking.add(visit_id)
        self._connections.enter(connection, f"{_ROOM}{visit_id}")
        self._tell(connection, visit_id, looking=True)

    async def look_away(self, connection: Connection, body: payloads.VisitReference) -> None:
        """Say that the page does not show it any more; doing so twice is as good as once."""
        self._leave(connection, body.visit_id)

    @property
    def enders(self) -> tuple[Ender, ...]:
        """What takes pages out of visits."""
        return (Ender("looking at visits", frozenset({"project", "access"}), self._look_away),)

    async def _look_away(self, lost: Lost) -> None:
        """Let the pages of somebody whose rights changed leave the visits that are none of theirs any more.

        Whoever has other rights altogether leaves them all, and is back with the page's next word if it may.
        """
        for connection in self._connections.in_room(f"party:{lost.party_id}"):
            for visit_id in tuple(connection.looking):
                if lost.kind == "access":
                    self._leave(connection, visit_id)
                    continue
                try:
                    await self._visits.demand_visit(connection.actor, visit_id)
                except Unavailable:
                    raise
                except Refusal:
                    self._leave(connection, visit_id)

    def gone(self, connection: Connection) -> None:
        """A page is gone, or going."""
        for visit_id in tuple(connection.looking):
            self._leave(connection, visit_id)

    def _leave(self, connection: Connection, visit_id: str) -> None:
        if visit_id in connection.looking:
            connection.looking.discard(visit_id)
            self._connections.leave(connection, f"{_ROOM}{visit_id}")
            self._tell(connection, visit_id, looking=False)

    def _tell(self, connection: Connection, visit_id: str, *, looking: bool) -> None:
        actor = connection.actor
        event = payloads.VisitLooked(visit_id=visit_id, person_id=actor.party_id, name=actor.name, looking=looking)
        self._relay.send_others(connection.sid, [f"{_ROOM}{visit_id}"], "visit:looked", event.model_dump_json())
