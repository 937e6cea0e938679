"""The doors for standard clients: WHIP (RFC 9725) publishes, WHEP (draft-ietf-wish-whep) watches.

Both show a conference token. A WHIP client is a participant like a browser tab; a WHEP viewer has no seat.
A resource's id says what it is: `whip.PARTICIPANT.RANDOM` or `whep.PARTY.SESSION.RANDOM`.
"""

from dataclasses import dataclass

from accounts.rights import Actor, demand
from conversations.conferences import ConferenceService, member_conference
from conversations.events import Ephemeral, Ephemerals, send_all
from conversations.media import ConferenceMedia
from conversations.seats import Seated, seat
from core.errors import Forbidden, NotFound
from core.ids import new_id
from rtc.channel import CloseTransport, Source
from storage.database import Database, Transaction

_SOURCES: dict[str, tuple[Source, Source]] = {
    "audio": ("microphone", "screen_audio"),
    "video": ("camera", "screen"),
}


@dataclass(frozen=True, slots=True)
class Opened:
    """The answer to a WHIP or WHEP client."""

    resource_id: str
    sdp: str


class StandardDoors:
    """WHIP and WHEP."""

    def __init__(
        self,
        database: Database,
        conferences: ConferenceService,
        media: ConferenceMedia,
        ephemerals: Ephemerals,
    ) -> None:
        self._database = database
        self._conferences = conferences
        self._media = media
        self._ephemerals = ephemerals

    async def publish(self, actor: Actor, conference_id: str, sdp: str) -> Opened:
        """Take a WHIP offer: the token's holder sits down and publishes.

        raises   NotFound  the token is not this conference's; Forbidden  it may not publish
        """
        _demand_token(actor, conference_id)
        if not actor.publish:
            raise Forbidden("accounts.forbidden")
        node_id = await self._media.carrier(actor.organisation_id, conference_id)
        sources = name_sources(sdp)

        def store(tx: Transaction) -> Seated:
            return seat(
                tx,
                actor,
                member_conference(tx, actor, conference_id),
                instance_id=whip_instance(actor.session_id),
                node_id=node_id,
                audio="microphone" in sources.values(),
                video="camera" in sources.values(),
            )

        seated = await self._database.write(store)
        told: list[Ephemeral] = seated.told
        send_all(self._ephemerals, told)
        participant_id = seated.participant.id
        resource_id = f"whip.{participant_id}.{new_id()}"
        try:
            answer = await self._media.publish(actor, conference_id, participant_id, resource_id, sdp, sources)
        except Exception:
            await self._conferences.drop_seat(actor.organisation_id, participant_id, linger=True)
            raise
        return Opened(resource_id, answer)

    async def watch(self, actor: Actor, conference_id: str, sdp: str, show: str | None = None) -> Opened:
        """Take a WHEP offer.

        show     the participant the video line shows; None: whoever speaks
        raises   NotFound  the token is not this conference's; Forbidden  it may not receive
        """
        _demand_token(actor, conference_id)
        if not actor.receive:
            raise Forbidden("accounts.forbidden")
        viewer_id = f"{viewer_prefix(actor.party_id, actor.session_id)}{new_id()}"
        answer = await self._media.watch(actor, conference_id, viewer_id, sdp, show)
        return Opened(viewer_id, answer)

    async def close(self, actor: Actor, conference_id: str, resource_id: str) -> None:
        """End what `publish` or `watch` opened for the same party.

        raises   NotFound  not the actor's
        """
        _demand_token(actor, conference_id)
        organisation_id = actor.organisation_id
        kind, _, rest = resource_id.partition(".")
        owner = rest.partition(".")[0]
        if kind == "whep" and owner == actor.party_id:
            await self._media.remove(organisation_id, conference_id, resource_id)
            return
        seat_now = await self._conferences.seat_of(actor, conference_id)
        if kind != "whip" or seat_now is None or seat_now != owner:
            raise NotFound("conversations.conference_not_found")
        await self._media.request(organisation_id, CloseTransport(conference_id, resource_id))
        await self._conferences.drop_seat(organisation_id, owner, linger=True)


def viewer_prefix(party_id: str, session_id: str | None) -> str:
    """Return how the ids of a session's viewers begin."""
    return f"whep.{party_id}.{session_id}."


def whip_instance(session_id: str | None) -> str:
    """Return the instance of a seat taken through WHIP by a session."""
    return f"whip.{session_id}"


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
