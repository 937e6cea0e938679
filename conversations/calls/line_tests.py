"""Testing the line: a browser tries whether media gets through from where it is (BEY-061).

How it works: each try is a publish transport in a room of its own at this process's media engine; when its handshake is
done, packets pass both ways. The browser decides by what way it comes, by leaving out candidates and by forcing a relay.
Rooms end when the browser says so, or after a while.
"""

import asyncio
from collections import defaultdict

from accounts.lost_rights import Ender, Lost
from accounts.rights import Actor, demand
from conversations.calls.payloads import LineTest, LineTestAnswer
from conversations.calls.turn import ice_servers
from core.buckets import TokenBuckets
from core.clock import Clock
from core.errors import Limited
from core.ids import new_id
from core.settings import Settings
from core.supervise import Supervisor
from rtc.channel.media_channel import MediaChannel
from rtc.channel.replies import Answered
from rtc.channel.requests import CloseRoom, OpenRoom, Publish

LASTS_S = 30.0
AT_ONCE = 12
_BURST, _PER_S = 36, 0.5
_TURN_LIFETIME_MS = 300_000


class LineTests:
    """Opens and ends tries, a few at once for each person."""

    def __init__(self, settings: Settings, clock: Clock, supervisor: Supervisor, channel: MediaChannel) -> None:
        self._settings = settings
        self._clock = clock
        self._supervisor = supervisor
        self._channel = channel
        self._buckets = TokenBuckets(_BURST, _PER_S)
        self._rooms: dict[str, set[str]] = defaultdict(set)
        self._sessions: dict[str, str | None] = {}

    @property
    def enders(self) -> tuple[Ender, ...]:
        """What ends tries."""
        return (Ender("line tests", frozenset({"session", "access"}), self._end_lost),)

    async def _end_lost(self, lost: Lost) -> None:
        """End the tries of a session that ended, or of a person whose rights changed."""
        for party_id, rooms in tuple(self._rooms.items()):
            for room_id in tuple(rooms):
                if party_id == lost.party_id or (lost.session_id and self._sessions.get(room_id) == lost.session_id):
                    await self._close(party_id, room_id)

    def describe(self, actor: Actor) -> LineTest:
        """Tell what there is to try: relays with credentials for a few minutes.

        raises   Limited
        """
        demand(actor, "conferences.start")
        self._buckets.take(actor.party_id, self._clock.monotonic_ns())
        return LineTest(
            ice_servers=ice_servers(self._settings, actor.party_id, self._clock.utc_ms(), _TURN_LIFETIME_MS),
            over_tcp=self._settings.listens_for_media_over_tcp,
        )

    async def open(self, actor: Actor, sdp: str) -> LineTestAnswer:
        """Answer the offer of a try.

        raises   Invalid  rtc.bad_sdp, rtc.no_common_codec; Limited  too many at once or in a row
        """
        demand(actor, "conferences.start")
        self._buckets.take(actor.party_id, self._clock.monotonic_ns())
        rooms = self._rooms[actor.party_id]
        if len(rooms) >= AT_ONCE:
            raise Limited(retry_after_s=int(LASTS_S))
        room_id = f"line-test.{new_id()}"
        rooms.add(room_id)
        self._sessions[room_id] = actor.session_id
        try:
            await self._channel.request(OpenRoom(room_id))
            answered = await self._channel.request(Publish(room_id, room_id, room_id, sdp, {}))
            assert isinstance(answered, Answered)
        except Exception:
            await self._close(actor.party_id, room_id)
            raise
        self._supervisor.start("end of a line test", self._close_later(actor.party_id, room_id))
        return LineTestAnswer(sdp=answered.sdp)

    async def end(self, actor: Actor) -> None:
        """End all tries of a person."""
        demand(actor, "conferences.start")
        for room_id in list(self._rooms.get(actor.party_id, ())):
            await self._close(actor.party_id, room_id)

    async def _close_later(self, party_id: str, room_id: str) -> None:
        await asyncio.sleep(LASTS_S)
        await self._close(party_id, room_id)

    async def _close(self, party_id: str, room_id: str) -> None:
        rooms = self._rooms.get(party_id)
        if rooms is None or room_id not in rooms:
            return
        rooms.discard(room_id)
        self._sessions.pop(room_id, None)
        if not rooms:
            del self._rooms[party_id]
        await self._channel.request(CloseRoom(room_id))
