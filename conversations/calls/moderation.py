"""Moderating a conference: hands, who speaks, who is in it, who moderates it.

How it works: what was decided is stored and told first; then the media engine is asked to hold back the sound of whoever
is muted. That is done again at each publishing of a muted person (conversations/calls/media.py), so no reload, second tab or
moved room gives a voice back. Moderators never switch anybody's microphone on: they lift the mute, and the person speaks
when they want to. Who is removed loses the seat, its transports and tokens, and gets none anew until admitted.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from accounts.rights import Actor, demand
from conversations.calls import payloads
from conversations.calls.access import attended_conference, demand_attendance, moderated_conference
from conversations.calls.admission import moderates
from conversations.calls.guests.states import put_out_guest, tell_lobby
from conversations.calls.media import ConferenceMedia
from conversations.calls.moderation_payloads import ModerationBody
from conversations.calls.seats import present_in, quieten, seat_of, speech_of, unseat
from conversations.calls.telling import reread, ring_stopped, tell_conference, tell_participant
from conversations.messages.lines import post_line
from core.ephemerals import Ephemeral, Ephemerals, send_all
from core.errors import Conflict, Forbidden, NotFound, Refusal
from rtc.channel.requests import SetAudience
from storage.accounts.people import find_party
from storage.accounts.sessions import delete_conference_tokens
from storage.audit import note
from storage.calls.conferences import (
    Conference,
    Participant,
    find_participant,
    list_participants,
    present_participant,
    raise_hand,
    rules_of,
    stop_rings,
)
from storage.calls.guests import waiting_guests
from storage.calls.moderation import MUTED, REMOVED, free, restrict, set_rules
from storage.engine.database import Database, Transaction

T = TypeVar("T")
_REFUSAL = "conversations.not_yours_to_moderate"


class ModerationService:
    """What moderators do, and what participants ask of them."""

    def __init__(self, database: Database, ephemerals: Ephemerals, media: ConferenceMedia) -> None:
        self._database = database
        self._ephemerals = ephemerals
        self._media = media

    # -- what participants do ---------------------------------------------------------------------------

    async def raise_hand(self, actor: Actor, conference_id: str, *, raised: bool) -> None:
        """Raise or lower the actor's own hand; doing so twice is as good as once.

        raises   Conflict  the actor has no seat
        emits    participant:changed
        """
        demand_attendance(actor)

        def store(tx: Transaction) -> None:
            conference = attended_conference(tx, actor, conference_id)
            participant = seat_of(tx, conference, actor.party_id)
            if raise_hand(tx, participant.id, raised=raised):
                tell_participant(tx, conference, participant.id, "participant:changed")

        await self._database.write(store)

    async def speak(self, actor: Actor, conference_id: str) -> None:
        """Lift the mute of oneself.

        raises   Conflict   the actor has no seat
                 Forbidden  only moderators may lift mutes now
        emits    participant:changed
        """
        demand_attendance(actor)

        def store(tx: Transaction) -> Participant:
            conference = attended_conference(tx, actor, conference_id)
            participant = seat_of(tx, conference, actor.party_id)
            if participant.muted_by is None:
                return participant
            if rules_of(tx, conference).speech_locked and not moderates(tx, conference, actor.party_id):
                raise Forbidden("conversations.speech_locked")
            free(tx, conference_id, actor.party_id, MUTED)
            tell_participant(tx, conference, participant.id, "participant:changed")
            return participant

        participant = await self._database.write(store)
        await self._enforce(actor.organisation_id, conference_id, [participant.id])

    # -- what moderators do -----------------------------------------------------------------------------

    async def lower_hand(self, actor: Actor, conference_id: str, participant_id: str) -> None:
        """Lower somebody's hand.

        raises   NotFound, Forbidden
        emits    participant:changed
        """

        def do(tx: Transaction, conference: Conference) -> None:
            participant = present_in(tx, conference, participant_id)
            if raise_hand(tx, participant.id, raised=False):
                tell_participant(tx, conference, participant.id, "participant:changed")

        await self._moderate(actor, conference_id, do)

    async def mute(self, actor: Actor, conference_id: str, participant_id: str) -> None:
        """Mute one participant: from now on nobody gets their sound, until they or a moderator lift it.

        raises   NotFound, Forbidden
        emits    participant:changed
        """

        def do(tx: Transaction, conference: Conference) -> None:
            participant = present_in(tx, conference, participant_id)
            if quieten(tx, conference, participant, actor.party_id):
                _note(tx, actor, conference, "call.muted", person_id=participant.person_id)

        await self._moderate(actor, conference_id, do)
        await self._enforce(actor.organisation_id, conference_id, [participant_id])

    async def let_speak(self, actor: Actor, conference_id: str, participant_id: str) -> None:
        """Lift somebody's mute, and lower the hand that asked for it; they switch their microphone on themselves.

        raises   NotFound, Forbidden
        emits    participant:changed
        """

        def do(tx: Transaction, conference: Conference) -> None:
            participant = present_in(tx, conference, participant_id)
            freed = free(tx, conference.id, participant.person_id, MUTED)
            if raise_hand(tx, participant.id, raised=False) or freed:
                tell_participant(tx, conference, participant.id, "participant:changed")

        await self._moderate(actor, conference_id, do)
        await self._enforce(actor.organisation_id, conference_id, [participant_id])

    async def mute_all(self, actor: Actor, conference_id: str) -> None:
        """Mute everybody but the actor.

        raises   NotFound, Forbidden
        emits    participant:changed for each
        """
        muted: list[str] = []

        def do(tx: Transaction, conference: Conference) -> None:
            muted.clear()
            for participant in list_participants(tx, [conference_id], present_only=True):
                if participant.person_id != actor.party_id and quieten(tx, conference, participant, actor.party_id):
                    muted.append(participant.id)
            if muted:
                _note(tx, actor, conference, "call.muted_all", count=len(muted))

        await self._moderate(actor, conference_id, do)
        await self._enforce(actor.organisation_id, conference_id, muted)

    async def change(self, actor: Actor, conference_id: str, body: ModerationBody) -> payloads.Conference:
        """Lock the room, let only moderators speak, or hand moderation over.

        raises   NotFound   no such conference; Forbidden
                 Conflict   the new moderator is not in it, or is a guest or a visitor
        emits    conference:changed, message:posted; participant:changed for whoever is muted by it
        """
        muted: list[str] = []
        told: list[Ephemeral] = []

        def do(tx: Transaction, conference: Conference) -> payloads.Conference:
            muted.clear()
            told.clear()
            before = rules_of(tx, conference)
            after = replace(before, **{name: value for name, value in body.model_dump().items() if value is not None})
            if after == before:
                return reread(tx, conference)
            if after.moderator_id != before.moderator_id:
                if seat_of(tx, conference, after.moderator_id).kind != "person":
                    raise Conflict("conversations.cannot_moderate")
                after = replace(after, stands_in_for=None)
                name = _name(tx, conference, after.moderator_id)
                _line(tx, actor, conference, "call.moderator", person_id=after.moderator_id, name=name)
            set_rules(tx, conference.organisation_id, conference_id, after)
            if after.moderator_id != before.moderator_id and waiting_guests(tx, conference.conversation_id):
                tell_lobby(tx, conference.organisation_id, conference.conversation_id)
            if after.locked != before.locked:
                _line(tx, actor, conference, "call.locked" if after.locked else "call.unlocked")
                if after.locked:
                    told.extend(
                        ring_stopped(conference_id, one, "ended") for one in stop_rings(tx, conference_id, "ended")
                    )
            if after.speech_locked != before.speech_locked:
                code = "call.speech_locked" if after.speech_locked else "call.speech_unlocked"
                _line(tx, actor, conference, code)
                muted.extend(_lock_speech(tx, actor, conference) if after.speech_locked else [])
            return tell_conference(tx, conference)

        view = await self._moderate(actor, conference_id, do)
        send_all(self._ephemerals, told)
        await self._enforce(actor.organisation_id, conference_id, muted)
        return view

    async def remove(self, actor: Actor, conference_id: str, participant_id: str) -> payloads.Conference:
        """Put somebody out of the conference; they come back only when admitted anew.

        raises   NotFound, Forbidden; Conflict  oneself, or another moderator who is staff
        emits    conference:changed, participant:left, message:posted
        """
        told: list[Ephemeral] = []

        def do(tx: Transaction, conference: Conference) -> payloads.Conference:
            participant = present_in(tx, conference, participant_id)
            person_id = participant.person_id
            if person_id == actor.party_id or moderates(tx, conference, person_id):
                raise Conflict("conversations.moderator_stays")
            restrict(tx, conference.organisation_id, conference_id, person_id, REMOVED, actor.party_id)
            delete_conference_tokens(tx, conference_id, person_id)
            _line(tx, actor, conference, "call.removed", person_id=person_id, name=participant.name)
            # First the reason, then the seat, so that the person's page knows why.
            tell_conference(tx, conference)
            put_out_guest(tx, conference.organisation_id, person_id)
            told[:] = unseat(tx, conference, participant, quietly=True)
            return reread(tx, conference)

        view = await self._moderate(actor, conference_id, do)
        send_all(self._ephemerals, told)
        return view

    async def admit(self, actor: Actor, conference_id: str, person_id: str) -> payloads.Conference:
        """Let somebody back in who was removed.

        raises   NotFound  nobody such was removed; Forbidden
        emits    conference:changed, message:posted
        """

        def do(tx: Transaction, conference: Conference) -> payloads.Conference:
            if not free(tx, conference_id, person_id, REMOVED):
                raise NotFound("conversations.participant_not_found")
            name = _name(tx, conference, person_id)
            _line(tx, actor, conference, "call.admitted", person_id=person_id, name=name)
            return tell_conference(tx, conference)

        return await self._moderate(actor, conference_id, do)

    # -- the insides ------------------------------------------------------------------------------------

    async def _moderate(self, actor: Actor, conference_id: str, do: Callable[[Transaction, Conference], T]) -> T:
        demand(actor, "conferences.moderate")

        def store(tx: Transaction) -> T:
            conference = moderated_conference(tx, actor, conference_id, _REFUSAL)
            if conference.state != "running":
                raise Conflict("conversations.conference_ended")
            return do(tx, conference)

        return await self._database.write(store)

    async def _enforce(self, organisation_id: str, conference_id: str, participant_ids: list[str]) -> None:
        """Let the media engine hold back, or let out, the sound of these, as the store says when it is done."""
        for participant_id in participant_ids:
            done: bool | None = None
            while (muted := await self._database.read(partial(_is_muted, participant_id=participant_id))) is not None:
                if muted is done:
                    break
                audience = speech_of(muted=muted)
                try:
                    request = SetAudience(conference_id, participant_id, "microphone", audience)
                    await self._media.request(organisation_id, request)
                except Refusal:
                    # Nothing is carried: it is asked again when the person publishes.
                    break
                done = muted


def _is_muted(tx: Transaction, participant_id: str) -> bool | None:
    """Whether a participant is muted now; None when they are gone."""
    participant = find_participant(tx, participant_id)
    return None if participant is None or participant.left_at_ms is not None else participant.muted_by is not None


def _lock_speech(tx: Transaction, actor: Actor, conference: Conference) -> list[str]:
    """Mute all who are no moderators, those too who have left and may come back; return the seats muted."""
    muted = []
    for participant in list_participants(tx, [conference.id], present_only=False):
        person_id = participant.person_id
        if moderates(tx, conference, person_id):
            continue
        if participant.left_at_ms is not None:
            if present_participant(tx, conference.id, person_id) is None:
                restrict(tx, conference.organisation_id, conference.id, person_id, MUTED, actor.party_id)
        elif quieten(tx, conference, participant, actor.party_id):
            muted.append(participant.id)
    return muted


def _name(tx: Transaction, conference: Conference, person_id: str) -> str:
    party = find_party(tx, conference.organisation_id, person_id)
    return party.name if party is not None else ""


def _line(tx: Transaction, actor: Actor, conference: Conference, code: str, **arguments: str) -> None:
    post_line(
        tx,
        conference.organisation_id,
        conference.conversation_id,
        actor.party_id,
        code,
        conference_id=conference.id,
        **arguments,
    )


def _note(tx: Transaction, actor: Actor, conference: Conference, act: str, **arguments: str | int) -> None:
    note(
        tx,
        actor.organisation_id,
        actor.party_id,
        act,
        "conversation",
        conference.conversation_id,
        conference_id=conference.id,
        **arguments,
    )
