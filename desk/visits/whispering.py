"""Whispering: whoever supervises a visit's project speaks in its call to the agent alone, without a seat.

How it works: a token that only publishes opens it. The sound goes into the conference's room under an id of the supervisor's
session, for the agent's seat alone, and discreetly: nobody else is even offered it, nor is it recorded. Seats change, and
rights do: desk.visits.watching keeps whom it is for true, and puts out whoever no longer may.
"""

from accounts.rights import Actor
from conversations.calls.media import ConferenceMedia
from core.ephemerals import Ephemeral, Ephemerals, send_all
from core.errors import Invalid, NotFound
from desk.visits.supervision_payloads import Whispered
from desk.visits.visiting import whispers_in
from desk.visits.watches import begin
from desk.visits.watching import WatchedCall, call_of
from rtc.channel.replies import Answered
from rtc.channel.requests import Publish, SetAudience
from rtc.channel.tracks import Source
from storage.accounts.people import find_party
from storage.accounts.sessions import session_stands
from storage.calls.conferences import find_conference
from storage.desk.visits import Visit, find_visit_of_conversation
from storage.engine.database import Database, Transaction


class Whispering:
    """Speaking to the agent of a visit alone."""

    def __init__(self, database: Database, media: ConferenceMedia, ephemerals: Ephemerals) -> None:
        self._database = database
        self._media = media
        self._ephemerals = ephemerals

    async def publish(
        self, actor: Actor, conference_id: str, speaker_id: str, sdp: str, sources: dict[str, Source]
    ) -> str:
        """Answer the offer of somebody who whispers.

        raises   NotFound  no call of a visit the actor supervises; Invalid  rtc.bad_source: more than a microphone
        emits    conference:whispered, to the agent
        """
        for mid, source in sources.items():
            if source != "microphone":
                raise Invalid("rtc.bad_source", mid=mid)
        call = await self._demand(actor, conference_id)
        # Before the first packet, so that nobody else gets even that.
        await self._media.request(
            actor.organisation_id, SetAudience(conference_id, speaker_id, "microphone", call.hearers)
        )
        request = Publish(conference_id, speaker_id, speaker_id, sdp, sources, discreet=True)
        answered = await self._media.request(actor.organisation_id, request)
        assert isinstance(answered, Answered)
        try:
            call = await self._begin(actor, conference_id, speaker_id)
        except Exception:
            await self._media.remove(actor.organisation_id, conference_id, speaker_id)
            raise
        told = Whispered(conference_id=conference_id, name=await self._name(actor))
        scopes = tuple(f"participant:{one}" for one in call.hearers)
        send_all(self._ephemerals, [Ephemeral(scopes, "conference:whispered", told.model_dump_json())])
        return answered.sdp

    async def _demand(self, actor: Actor, conference_id: str) -> WatchedCall:
        return await self._database.read(lambda tx: _demand(tx, actor, conference_id)[1])

    async def _begin(self, actor: Actor, conference_id: str, speaker_id: str) -> WatchedCall:
        """Store that the actor whispers, unless they may not at this moment; raises NotFound."""

        def store(tx: Transaction) -> WatchedCall:
            visit, call = _demand(tx, actor, conference_id)
            begin(tx, visit, actor.party_id, "whisper", conference_id=conference_id, resource_id=speaker_id)
            return call

        return await self._database.write(store)

    async def _name(self, actor: Actor) -> str:
        party = await self._database.read(lambda tx: find_party(tx, actor.organisation_id, actor.party_id))
        return party.name if party else ""


def _demand(tx: Transaction, actor: Actor, conference_id: str) -> tuple[Visit, WatchedCall]:
    """Return the visit of a call in which the actor may whisper now; raises NotFound."""
    conference = find_conference(tx, actor.organisation_id, conference_id)
    visit = find_visit_of_conversation(tx, conference.conversation_id) if conference else None
    if conference is None or visit is None or conference.state != "running":
        raise NotFound("conversations.conference_not_found")
    if not whispers_in(tx, actor, conference.conversation_id):
        raise NotFound("conversations.conference_not_found")
    if actor.session_id is not None and not session_stands(tx, actor.session_id):
        raise NotFound("conversations.conference_not_found")
    return visit, call_of(tx, visit, conference_id)
