"""What a tab's coming and going sets in motion: presence, the lobby, seats, boards, and who looks at what."""

from collections.abc import Sequence
from typing import Any

from conversations.calls.conferences import ConferenceService
from core.ephemerals import Ephemeral
from signaling.boards import BoardHub
from signaling.connections import Connection, Seat
from signaling.lobby import LobbyKeeper
from signaling.looking import Looking
from signaling.presence import Presence, SeatKeeper


class Attendance:
    """The one place that a tab arrives at and goes from."""

    def __init__(
        self,
        conferences: ConferenceService,
        presence: Presence,
        lobby: LobbyKeeper,
        seats: SeatKeeper,
        boards: BoardHub,
        looking: Looking,
    ) -> None:
        self._conferences = conferences
        self._presence = presence
        self._lobby = lobby
        self._seats = seats
        self._boards = boards
        self._looking = looking

    async def arrive(self, connection: Connection) -> None:
        """A tab connected, or is there again after it said that it was closing.

        raises   Refusal  a guest who is out
        """
        await (self._lobby if connection.actor.is_guest else self._presence).arrived(connection)

    async def greet(self, connection: Connection) -> list[Ephemeral]:
        """Return what a person's tab is told at once: what rings already, and who waits at the doors they may open."""
        return [*await self._conferences.ringing(connection.actor), *await self._lobby.waiting(connection.actor)]

    def go(self, connection: Connection, *, silent: bool = False) -> None:
        """A tab is gone or says so. silent: it missed its heartbeat."""
        self._boards.gone(connection)
        self._looking.gone(connection)
        self._presence.gone(connection)
        self._seats.gone(connection, silent=silent)
        self._lobby.gone(connection)

    def guest_moved(self, guest_id: str, guest: dict[str, Any]) -> None:
        """A guest came to another state."""
        self._lobby.moved(guest_id, guest)

    async def drop_seats(self, organisation_id: str, seats: Sequence[Seat]) -> None:
        """Free the seats of a tab that was thrown out."""
        for seat in seats:
            await self._conferences.drop_seat(organisation_id, seat.participant_id)
