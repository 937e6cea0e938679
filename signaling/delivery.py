"""From stored events to sockets: one loop in each process reads new events in order and sends each, encoded once.

How it works: the loop starts at the newest event, is woken by other processes, and looks each second anyway, so a
lost wake-up costs a second and never an event. What this process stores itself it hears directly: events whose
numbers follow the last one delivered are sent without reading them back; at any gap the loop reads. An event that moves somebody in or
out of a conversation takes effect on the rooms before the next one is sent.
"""

import asyncio
import contextlib
import logging
from typing import Any

from core.clock import Clock
from signaling.connections import Connections
from signaling.lobby import GUEST_EVENTS, guest_room
from storage.engine.database import Database, Transaction, unavailable
from storage.engine.event_log import events_after, newest_event_id, trim_events
from storage.engine.events import Event
from storage.engine.hearing import Heard, Hearing

log = logging.getLogger("centrala.delivery")

KEEP_MS = 86_400_000
_TRIM_EVERY_MS = 600_000
_BATCH = 500
_LOOK_S = 1.0
# Told to processes, not to people.
_INTERNAL = frozenset({"access:changed", "project:right_changed", "visit:watched"})


class Delivery:
    """Sends stored events to the connections of this process.

    hearing   told of each event after it was sent, wherever it came from
    """

    def __init__(self, database: Database, clock: Clock, connections: Connections, hearing: Hearing) -> None:
        self._database = database
        self._clock = clock
        self._connections = connections
        self._hearing = hearing
        self._woken = asyncio.Event()
        self._last_id = 0
        self._trimmed_at_ms = 0

    def wake(self) -> None:
        """Look for new events now."""
        self._woken.set()

    def hear(self, events: list[Event]) -> None:
        """Take the events of a transaction of this process, which is committed."""
        # Whoever stored them goes on first: what it tells of its own shall not come after its events.
        asyncio.get_running_loop().call_soon(self._take, events)

    async def start(self) -> None:
        """Begin after the newest event there is."""
        self._last_id = await self._database.read(newest_event_id)

    async def run(self) -> None:
        """Deliver for as long as the process lives."""
        while True:
            self._woken.clear()
            try:
                if await self.deliver_new() == _BATCH:
                    continue
            except Exception as error:
                # Nothing is lost: the events stay where they are until the database answers again.
                if not unavailable(error):
                    raise
                log.warning("events cannot be read: %s", error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await self._woken.wait()

    async def deliver_new(self) -> int:
        """Deliver one batch of new events; return how many there were."""
        last_id = self._last_id
        found = await self._database.read(lambda tx: events_after(tx, last_id, _BATCH))
        for event in found:
            self._next(event)
        return len(found)

    async def trim(self) -> None:
        """Forget events older than a day, now and then."""
        now_ms = self._clock.utc_ms()
        if now_ms - self._trimmed_at_ms < _TRIM_EVERY_MS:
            return
        self._trimmed_at_ms = now_ms

        def store(tx: Transaction) -> int:
            return trim_events(tx, now_ms - KEEP_MS)

        await self._database.write(store)

    def _take(self, events: list[Event]) -> None:
        for event in events:
            if event.id > self._last_id + 1:
                self.wake()
                return
            self._next(event)

    def _next(self, event: Event) -> None:
        if event.id <= self._last_id:
            return
        self._last_id = event.id
        try:
            self._deliver(event)
        except Exception:
            log.exception("event %d %s could not be delivered", event.id, event.kind)

    def _deliver(self, event: Event) -> None:
        heard = Heard(event)
        if event.kind in ("conversation:added", "conversation:removed"):
            self._move(heard)
        if event.kind not in _INTERNAL:
            rooms = event.rooms
            if event.kind in GUEST_EVENTS:
                rooms = [*rooms, guest_room(_conference_of(heard.payload))]
            self._connections.send(rooms, event.kind, event.payload)
        self._hearing.tell(heard)

    def _move(self, heard: Heard) -> None:
        added = heard.kind == "conversation:added"
        conversation_id = heard.payload["conversation"]["id"] if added else heard.payload["conversation_id"]
        room = f"conversation:{conversation_id}"
        for connection in [one for party in heard.rooms for one in self._connections.in_room(party)]:
            if added:
                self._connections.enter(connection, room)
            else:
                self._connections.leave(connection, room)
            if connection.unloaded is not None:
                if added:
                    connection.unloaded.discard(conversation_id)
                else:
                    connection.unloaded.add(conversation_id)


def _conference_of(payload: dict[str, Any]) -> str:
    conference_id: str = payload["conference_id"] if "conference_id" in payload else payload["conference"]["id"]
    return conference_id
