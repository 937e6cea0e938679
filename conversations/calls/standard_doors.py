"""The doors for standard clients: WHIP (RFC 9725) publishes, WHEP (draft-ietf-wish-whep) watches.

Both show a conference token. A WHIP client is a participant like a browser tab; a WHEP viewer has no seat, nor has whoever
whispers to the agent of a visit: its resource is named like a viewer's, so that it ends with its session's others.
A resource's id says what it is (conversations/calls/standard_ids.py).
"""

import re
from dataclasses import dataclass
from typing import Protocol

from accounts.rights import Actor, demand
from conversations.calls.access import member_conference
from conversations.calls.conferences import ConferenceService
from conversations.calls.media import ConferenceMedia
from conversations.calls.payloads import IceServer
from conversations.calls.seats import Seated, seat
from conversations.calls.standard_ids import (
    Viewer,
    build_instance_id,
    build_publisher_id,
    build_viewer_id,
    parse_publisher_id,
    parse_viewer_id,
)
from conversations.calls.turn import ice_servers
from conversations.calls.viewers import begin_viewing, end_viewing
from core.clock import Clock
from core.ephemerals import Ephemeral, Ephemerals, send_all
from core.errors import Forbidden, NotFound, SignInRequired
from core.settings import Settings
from rtc.channel.replies import IcePatched, RoomDescribed
from rtc.channel.requests import CloseTransport, Describe, PatchIce
from rtc.channel.tracks import Source
from storage.accounts.sessions import session_stands
from storage.engine.database import Database, Transaction

_SOURCES: dict[str, tuple[Source, Source]] = {
    "audio": ("microphone", "screen_audio"),
    "video": ("camera", "screen"),
}


_UFRAG = re.compile(r"^a=ice-ufrag:(\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Opened:
    """The answer to a WHIP or WHEP client. ice_session: names the ICE session that begins, for its entity tag."""

    resource_id: str
    sdp: str
    ice_session: str


class Whispering(Protocol):
    """Takes the sound of somebody who speaks to one person in a call alone."""

    async def publish(
        self, actor: Actor, conference_id: str, speaker_id: str, sdp: str, sources: dict[str, Source]
    ) -> str:
        """Answer the offer of somebody who whispers.

        raises   NotFound  nobody there to whom the actor may whisper; Invalid  rtc.bad_source
        """
        ...


class StandardDoors:
    """WHIP and WHEP."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        database: Database,
        conferences: ConferenceService,
        media: ConferenceMedia,
        ephemerals: Ephemerals,
        whispering: Whispering,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._database = database
        self._conferences = conferences
        self._media = media
        self._ephemerals = ephemerals
        self._whispering = whispering

    async def publish(self, actor: Actor, conference_id: str, sdp: str) -> Opened:
        """Take a WHIP offer: the token's holder sits down and publishes.

        raises   NotFound  the token is not this conference's; Forbidden  it may not publish
                 SignInRequired  its session ended at this moment
        """
        _demand_token(actor, conference_id)
        if not actor.publish:
            raise Forbidden("accounts.forbidden")
        if not actor.receive:
            return await self._whisper(actor, conference_id, sdp)
        # Whoever is refused claims no media either.
        await self._database.read(lambda tx: member_conference(tx, actor, conference_id))
        node_id = await self._media.carrier(actor.organisation_id, conference_id)
        sources = name_sources(sdp)

        def store(tx: Transaction) -> Seated:
            if actor.session_id is not None and not session_stands(tx, actor.session_id):
                raise SignInRequired("accounts.bad_token")
            return seat(
                tx,
                actor,
                member_conference(tx, actor, conference_id),
                instance_id=build_instance_id(actor.session_id),
                node_id=node_id,
                audio="microphone" in sources.values(),
                video="camera" in sources.values(),
            )

        seated = await self._database.write(store)
        told: list[Ephemeral] = seated.told
        send_all(self._ephemerals, told)
        participant_id = seated.participant.id
        resource_id = build_publisher_id(participant_id)
        try:
            answer = await self._media.publish(actor, conference_id, participant_id, resource_id, sdp, sources)
        except Exception:
            await self._conferences.drop_seat(actor.organisation_id, participant_id, linger=True)
            raise
        return Opened(resource_id, answer, _ice_session(answer))

    async def _whisper(self, actor: Actor, conference_id: str, sdp: str) -> Opened:
        """Take the offer of somebody who speaks to a visit's agent alone, and has no seat."""
        speaker_id = build_viewer_id(Viewer(actor.party_id, actor.session_id))
        answer = await self._whispering.publish(actor, conference_id, speaker_id, sdp, name_sources(sdp))
        return Opened(speaker_id, answer, _ice_session(answer))

    async def watch(self, actor: Actor, conference_id: str, sdp: str, show: str | None = None) -> Opened:
        """Take a WHEP offer.

        show     the participant the video line shows; None: whoever speaks
        raises   NotFound  the token is not this conference's, or its person is no member any more
                 Forbidden  it may not receive, its person was removed, or the conference is locked
                 Conflict   the person's or the conference's viewers are as many as may be
        emits    conference:changed
        """
        _demand_token(actor, conference_id)
        if not actor.receive:
            raise Forbidden("accounts.forbidden")
        viewer_id = build_viewer_id(Viewer(actor.party_id, actor.session_id))

        def store(tx: Transaction) -> None:
            conference = self._media.demand_viewer(tx, actor, conference_id)
            most = {"of_person": self._settings.viewers_person, "of_call": self._settings.viewers_call}
            begin_viewing(tx, actor, conference, viewer_id, **most)

        # Shown before anything is received.
        await self._database.write(store)
        try:
            answer = await self._media.watch(actor, conference_id, viewer_id, sdp, show)
        except BaseException:
            await self._database.write(lambda tx: end_viewing(tx, viewer_id))
            raise
        return Opened(viewer_id, answer, _ice_session(answer))

    def ice_servers(self, actor: Actor, conference_id: str) -> list[IceServer]:
        """Return the STUN and TURN servers for a client of the conference; their credentials live an hour.

        raises   NotFound  the token is not this conference's
        """
        _demand_token(actor, conference_id)
        return ice_servers(self._settings, actor.party_id, self._clock.utc_ms())

    async def patch(
        self, actor: Actor, conference_id: str, resource_id: str, known: list[str], fragment: str
    ) -> IcePatched:
        """Take a client's candidates or its ICE restart.

        known    ICE sessions the client takes for the present one; empty: it restarts ICE whichever that is
        raises   NotFound  not the actor's; Conflict  another ICE session has begun; Invalid  the fragment
        """
        _demand_token(actor, conference_id)
        owner = await self._owner(actor, conference_id, resource_id)
        request = PatchIce(conference_id, owner, resource_id, known, fragment)
        patched = await self._media.request(actor.organisation_id, request)
        assert isinstance(patched, IcePatched)
        return patched

    async def close(self, actor: Actor, conference_id: str, resource_id: str) -> None:
        """End what `publish` or `watch` opened for the same party.

        raises   NotFound  not the actor's, or ended already
        """
        _demand_token(actor, conference_id)
        organisation_id = actor.organisation_id
        owner = await self._owner(actor, conference_id, resource_id)
        described = await self._media.request(organisation_id, Describe(conference_id))
        assert isinstance(described, RoomDescribed)
        if resource_id not in {transport.transport_id for transport in described.transports}:
            raise NotFound("rtc.transport_not_found")
        if owner == resource_id:
            await self._media.remove(organisation_id, conference_id, resource_id)
            await self._database.write(lambda tx: end_viewing(tx, resource_id))
            return
        await self._media.request(organisation_id, CloseTransport(conference_id, resource_id))
        await self._conferences.drop_seat(organisation_id, owner, linger=True)

    async def _owner(self, actor: Actor, conference_id: str, resource_id: str) -> str:
        """Return the participant of a transport opened here, which for a viewer is the transport itself."""
        viewer, owner = parse_viewer_id(resource_id), parse_publisher_id(resource_id)
        if viewer is not None and viewer.party_id == actor.party_id:
            return resource_id
        # A token that may not publish opened no publisher.
        if owner is None or not actor.publish or await self._conferences.seat_of(actor, conference_id) != owner:
            raise NotFound("rtc.transport_not_found")
        return owner


def name_sources(sdp: str) -> dict[str, Source]:
    """Return what each line of a standard client's offer shows: first audio and video are microphone and camera.

    >>> name_sources("v=0\\r\\nm=audio 9 UDP/TLS/RTP/SAVPF 111\\r\\na=mid:a\\r\\nm=video 9 UDP/TLS/RTP/SAVPF 96\\r\\n")
    {'a': 'microphone', '1': 'camera'}
    """
    kinds: list[str] = []
    mids: list[str] = []
    for line in sdp.splitlines():
        if line.startswith("m="):
            kinds.append(line[2:].partition(" ")[0])
            mids.append(str(len(mids)))
        elif line.startswith("a=mid:") and mids:
            mids[-1] = line[6:].strip()
    sources: dict[str, Source] = {}
    for kind, mid in zip(kinds, mids, strict=True):
        first, further = _SOURCES.get(kind, (None, None))
        if first is not None and further is not None:
            sources[mid] = further if first in sources.values() else first
    return sources


def _demand_token(actor: Actor, conference_id: str) -> None:
    demand(actor, "conferences.media")
    if actor.conference_id != conference_id:
        raise NotFound("conversations.conference_not_found")


def _ice_session(answer: str) -> str:
    found = _UFRAG.search(answer)
    return found[1] if found else ""
