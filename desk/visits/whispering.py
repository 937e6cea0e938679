"""Whispering: whoever supervises a visit's project speaks in its call to the agent alone, without a seat.

How it works: a token that only publishes opens it. The sound goes into the conference's room under an id of the supervisor's
session, for the agent's seat alone, and discreetly: nobody else is even offered it, nor is it recorded. Seats change, so
whom it is for is settled anew whenever somebody sits down or the visit changes; who listens or whispers and no longer may
is put out then.
"""

from dataclasses import dataclass

from accounts.rights import Actor
from conversations.calls.media import ConferenceMedia
from conversations.calls.standard_ids import parse_viewer_id
from core.ephemerals import Ephemeral, Ephemerals, send_all
from core.errors import Invalid, NotFound, Refusal
from core.supervise import Supervisor
from desk.visits.supervision_payloads import Whispered
from desk.visits.visiting import whispers_in
from rtc.channel.replies import Answered, RoomDescribed
from rtc.channel.requests import Describe, Publish, SetAudience
from rtc.channel.tracks import Source
from storage.accounts.people import find_party
from storage.accounts.sessions import has_one_way_tokens
from storage.calls.conferences import find_conference, present_participant, running_conferences
from storage.conversations.conversations import member_ids
from storage.desk.projects import supervisors_of
from storage.desk.terms import OPEN
from storage.desk.visits import Visit, find_visit_of_conversation
from storage.engine.database import Database, Transaction
from storage.engine.hearing import Heard


@dataclass(frozen=True, slots=True)
class _Call:
    """The call of a visit: whom a whisper is for, and who may listen and whisper."""

    organisation_id: str
    conference_id: str
    hearers: list[str]
    whisperers: frozenset[str]
    listeners: frozenset[str]


class Whispering:
    """Speaking to the agent of a visit alone."""

    def __init__(
        self, database: Database, media: ConferenceMedia, ephemerals: Ephemerals, supervisor: Supervisor
    ) -> None:
        self._database = database
        self._media = media
        self._ephemerals = ephemerals
        self._supervisor = supervisor

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
            call = await self._demand(actor, conference_id)
        except NotFound:
            await self._media.remove(actor.organisation_id, conference_id, speaker_id)
            raise
        told = Whispered(conference_id=conference_id, name=await self._name(actor))
        scopes = tuple(f"participant:{one}" for one in call.hearers)
        send_all(self._ephemerals, [Ephemeral(scopes, "conference:whispered", told.model_dump_json())])
        return answered.sdp

    def hear(self, heard: Heard) -> None:
        """A visit changed, or somebody joined its call."""
        if heard.organisation_id is not None:
            conversation_id = (heard.payload.get("visit") or heard.payload)["conversation_id"]
            self._supervisor.start("whispers of a call", self.settle(conversation_id))

    async def settle(self, conversation_id: str) -> None:
        """Let whispers be heard by whom they are for now, and put out whoever no longer may listen or whisper."""
        call = await self._database.read(lambda tx: _watched_call(tx, conversation_id))
        if call is None:
            return
        try:
            described = await self._media.request(call.organisation_id, Describe(call.conference_id))
            assert isinstance(described, RoomDescribed)
            for one in described.transports:
                viewer = parse_viewer_id(one.participant_id)
                if viewer is None:
                    continue
                whispers = one.direction == "publish"
                if viewer.party_id not in (call.whisperers if whispers else call.listeners):
                    await self._media.remove(call.organisation_id, call.conference_id, one.participant_id)
                elif whispers:
                    request = SetAudience(call.conference_id, one.participant_id, "microphone", call.hearers)
                    await self._media.request(call.organisation_id, request)
        except Refusal:
            # It ended at this moment: nobody hears anything there any more.
            return

    async def _demand(self, actor: Actor, conference_id: str) -> _Call:
        def load(tx: Transaction) -> _Call:
            conference = find_conference(tx, actor.organisation_id, conference_id)
            visit = find_visit_of_conversation(tx, conference.conversation_id) if conference else None
            if conference is None or visit is None or conference.state != "running":
                raise NotFound("conversations.conference_not_found")
            if not whispers_in(tx, actor, conference.conversation_id):
                raise NotFound("conversations.conference_not_found")
            return _call(tx, visit, conference_id)

        return await self._database.read(load)

    async def _name(self, actor: Actor) -> str:
        party = await self._database.read(lambda tx: find_party(tx, actor.organisation_id, actor.party_id))
        return party.name if party else ""


def _watched_call(tx: Transaction, conversation_id: str) -> _Call | None:
    """Return the running call of a visit in which somebody may listen or whisper."""
    running = running_conferences(tx, [conversation_id])
    if not running or not has_one_way_tokens(tx, running[0].id):
        return None
    visit = find_visit_of_conversation(tx, conversation_id)
    return None if visit is None else _call(tx, visit, running[0].id)


def _call(tx: Transaction, visit: Visit, conference_id: str) -> _Call:
    seat = None
    if visit.state == "accepted" and visit.agent_id is not None:
        seat = present_participant(tx, conference_id, visit.agent_id)
    may = frozenset(supervisors_of(tx, visit.project_id) if visit.state in OPEN else [])
    members = member_ids(tx, visit.conversation_id)
    return _Call(visit.organisation_id, conference_id, [seat.id] if seat else [], may, may.union(members))
