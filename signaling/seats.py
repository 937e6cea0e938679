"""Seats in calls as the tabs of this process hold them: taking one, standing up, being replaced, losing the media."""

import asyncio
from collections.abc import Iterable
from typing import Any

from conversations.calls import socket_payloads as payloads
from core.errors import Conflict
from signaling.connections import Connection, Connections, Seat
from signaling.relay import Relay
from storage.engine.hearing import Heard

_LINGER_S = 0.5


class Seats:
    """Who sits where. The transports of a seat outlive its socket: a tab that comes back finds what it had."""

    def __init__(self, connections: Connections, relay: Relay) -> None:
        self._connections = connections
        self._relay = relay
        self._transports: dict[str, dict[str, str]] = {}
        relay.on("relay:replaced", self._replaced)
        relay.on("relay:media_lost", self._media_lost)

    @staticmethod
    def of(connection: Connection, conference_id: str) -> Seat:
        """Return the seat a tab holds in a call.

        raises   Conflict  it holds none
        """
        seat = connection.seats.get(conference_id)
        if seat is None:
            raise Conflict("conversations.not_in_conference")
        return seat

    def sit_down(self, connection: Connection, conference_id: str, participant_id: str) -> None:
        """Give a tab the seat of a participant, in place of the one it had in this call."""
        seat = connection.seats.get(conference_id)
        if seat is not None and seat.participant_id == participant_id:
            return
        self.stand_up(connection, conference_id)
        transports = self._transports.setdefault(participant_id, {})
        connection.seats[conference_id] = Seat(conference_id, participant_id, transports)
        self._connections.enter(connection, f"conference:{conference_id}")
        self._connections.enter(connection, f"participant:{participant_id}")

    def stand_up(self, connection: Connection, conference_id: str) -> None:
        """Take a tab's seat in a call, if it holds one."""
        seat = connection.seats.pop(conference_id, None)
        if seat is not None:
            self._connections.leave(connection, f"conference:{conference_id}")
            self._connections.leave(connection, f"participant:{seat.participant_id}")

    def participant_left(self, heard: Heard) -> None:
        """A participant left by whatever way: its tab holds nothing any more.

        Not at once: another process may still tell this tab that it was replaced.
        """
        conference_id, participant_id = heard.payload["conference_id"], heard.payload["participant"]["id"]
        self._transports.pop(participant_id, None)
        if self._connections.in_room(f"participant:{participant_id}"):
            asyncio.get_running_loop().call_later(_LINGER_S, self._forget_participant, conference_id, participant_id)

    def conference_ended(self, heard: Heard) -> None:
        """A conference ended: nobody holds a seat in it."""
        conference = heard.payload["conference"]
        self._end(conference["id"], [one["id"] for one in conference["participants"]])

    def _end(self, conference_id: str, participant_ids: Iterable[str]) -> None:
        for participant_id in participant_ids:
            self._transports.pop(participant_id, None)
        for connection in self._connections.in_room(f"conference:{conference_id}"):
            self.stand_up(connection, conference_id)

    def _forget_participant(self, conference_id: str, participant_id: str) -> None:
        for connection in self._connections.in_room(f"participant:{participant_id}"):
            self.stand_up(connection, conference_id)

    def _replaced(self, message: dict[str, Any]) -> None:
        conference_id = message["conference_id"]
        payload = payloads.ConferenceReplaced(conference_id=conference_id).model_dump_json()
        for participant_id in message["participants"]:
            room = f"participant:{participant_id}"
            self._connections.send([room], "conference:replaced", payload, but=lambda one: one.sid == message["but"])
            for connection in self._connections.in_room(room):
                if connection.sid != message["but"]:
                    self.stand_up(connection, conference_id)

    def _media_lost(self, message: dict[str, Any]) -> None:
        """The transports of a conference are gone with what carried them: each tab builds its own anew."""
        conference_id = message["conference_id"]
        for connection in self._connections.in_room(f"conference:{conference_id}"):
            seat = connection.seats.get(conference_id)
            if seat is None:
                continue
            transports = tuple(seat.transports.items())
            seat.transports.clear()
            for transport_id, direction in transports:
                closed = payloads.MediaClosed(
                    conference_id=conference_id,
                    transport_id=transport_id,
                    direction="publish" if direction == "publish" else "receive",
                    reason="lost",
                )
                self._connections.send_one(connection, "media:closed", closed.model_dump_json())
