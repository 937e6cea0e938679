"""Guests' sockets: who waits through this process, and what happens to pages of guests who are out."""

import asyncio
from typing import Any

from accounts.rights import Actor
from conversations.calls.guests.lobby import LobbyService
from core.ephemerals import Ephemeral
from core.settings import Settings
from core.supervise import Supervisor
from signaling.connections import Connection, Connections

# Events of a conversation that guests in its call hear as well, being about the call alone.
GUEST_EVENTS = frozenset({
    "participant:joined", "participant:left", "participant:changed", "recording:started", "recording:stopped",
    "conference:changed",
})  # fmt: skip
# Somebody's short cut, or their page loading again, is no reason to lose one's place; moderators need not see it.
_GRACES = 2


def guest_room(conference_id: str) -> str:
    """The room of the guests who were admitted to a conference."""
    return f"guests:{conference_id}"


class LobbyKeeper:
    """Keeps rows of guests and their sockets at this process in step."""

    def __init__(
        self,
        settings: Settings,
        supervisor: Supervisor,
        connections: Connections,
        lobby: LobbyService,
        node_id: str,
    ) -> None:
        self._settings = settings
        self._supervisor = supervisor
        self._connections = connections
        self._lobby = lobby
        self._node_id = node_id

    async def arrived(self, connection: Connection) -> None:
        """A guest's page connected, or is there again: they wait, or go on with their call.

        raises   Refusal  they are out
        """
        state = await self._lobby.arrived(connection.actor, self._node_id)
        if state.conference_id is not None:
            self._connections.enter(connection, guest_room(state.conference_id))

    async def waiting(self, actor: Actor) -> list[Ephemeral]:
        """Return who waits at the doors somebody may open, for a tab that just connected."""
        return await self._lobby.waiting(actor)

    def gone(self, connection: Connection) -> None:
        """A guest's page is gone or says so: after a while they wait no more."""
        if connection.actor.is_guest:
            grace_s = self._settings.grace_s * (1 if connection.closing else _GRACES)
            asyncio.get_running_loop().call_later(
                grace_s, self._look, connection.actor.organisation_id, connection.actor.party_id
            )

    def moved(self, guest_id: str, guest: dict[str, Any]) -> None:
        """A guest came to another state: let their pages hear of the call, or no longer."""
        pages = self._connections.in_room(f"party:{guest_id}")
        if guest["conference_id"] is not None:
            for page in pages:
                self._connections.enter(page, guest_room(guest["conference_id"]))
            return
        for page in pages:
            for room in [one for one in page.rooms if one.startswith("guests:")]:
                self._connections.leave(page, room)

    def _look(self, organisation_id: str, guest_id: str) -> None:
        if any(not page.closing for page in self._connections.in_room(f"party:{guest_id}")):
            return
        self._supervisor.start("guest who is away", self._lobby.gone(organisation_id, guest_id, self._node_id))
