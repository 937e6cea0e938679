"""Watching: what supervisors do in visits that others have, kept true while it goes on.

How it works: `settle` compares what is stored of a visit with what is so: who still may, which transports the media engine
has, whose seat a whisper is for. It puts out whoever may not any more, lets whispers be heard by the agent's seat alone, ends
watches that are over, and tells the agent who listens. It runs whenever somebody sits down, a visit changes, a watch begins or
ends, or a right is lost, and every other second for what went on without telling: a browser that died, a killed server.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from accounts.lost_rights import Ender, Lost
from conversations.calls.media import ConferenceMedia
from conversations.calls.seats import unseat_member
from conversations.calls.standard_ids import parse_viewer_id
from conversations.membership import let_out
from core.ephemerals import Ephemeral, Ephemerals, send_all
from core.errors import Refusal, Unavailable
from core.supervise import Supervisor
from desk.visits.supervision_payloads import Supervisors, SupervisorShown
from desk.visits.watches import end
from rtc.channel.replies import RoomDescribed
from rtc.channel.requests import Describe, SetAudience
from storage.accounts.people import find_people
from storage.accounts.sessions import has_one_way_tokens
from storage.calls.conferences import present_participant, running_conferences
from storage.conversations.conversations import find_conversation, is_member, member_ids
from storage.desk.channels import list_channels
from storage.desk.projects import supervisors_of
from storage.desk.terms import OPEN
from storage.desk.visits import Visit, find_visit, find_visit_of_conversation
from storage.desk.watches import Watch, open_watches
from storage.engine.database import Database, Transaction, unavailable
from storage.engine.hearing import Heard

log = logging.getLogger("centrala.desk")

LOOK_S = 2.0
# A page that shows a visit asks for its messages every four seconds.
READ_ENDS_MS = 20_000


@dataclass(frozen=True, slots=True)
class WatchedCall:
    """The call of a visit: whom a whisper is for, and who may listen and whisper."""

    organisation_id: str
    conference_id: str
    hearers: list[str]
    whisperers: frozenset[str]
    listeners: frozenset[str]


class Watching:
    """Keeps watches over visits true."""

    def __init__(
        self, database: Database, media: ConferenceMedia, ephemerals: Ephemerals, supervisor: Supervisor
    ) -> None:
        self._database = database
        self._media = media
        self._ephemerals = ephemerals
        self._supervisor = supervisor

    @property
    def enders(self) -> tuple[Ender, ...]:
        """What ends listening, whispering, and having joined."""
        return (Ender("watching of visits", frozenset({"project", "access", "session", "membership"}), self._lost),)

    def hear(self, heard: Heard) -> None:
        """A visit changed, somebody joined its call or began to watch it, or its call ended."""
        if heard.organisation_id is not None:
            conversation_id = (heard.payload.get("visit") or heard.payload)["conversation_id"]
            self._supervisor.start("watching of a visit", self.settle(conversation_id, tell=True))

    async def run(self) -> None:
        """Look after all watches for as long as the process lives."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self._settle_all(lambda _: True)
            except Exception as error:
                if not (unavailable(error) or isinstance(error, Unavailable)):
                    raise
                log.warning("watches of visits cannot be looked after: %s", error)

    async def settle(self, conversation_id: str, *, tell: bool) -> None:
        """Put out whoever no longer may listen or whisper, end what is over, and tell the agent who is there."""
        # What is stored is read before the engine is asked: whatever is stored then was opened before.
        visit, call, watched = await self._database.read(lambda tx: _load(tx, conversation_id))
        if visit is None:
            return
        there: frozenset[str] = frozenset()
        if call is not None:
            found = await self._put_out(call)
            if found is None:
                return
            there = found
        conference_id = call.conference_id if call else None
        if await self._database.read(lambda tx: _any_over(tx, visit, watched, conference_id, there)):
            told = await self._database.write(lambda tx: _end(tx, visit, watched, conference_id, there))
            send_all(self._ephemerals, told)
        if tell and call is not None and call.hearers:
            shown = await self._database.read(lambda tx: _shown(tx, visit, call.conference_id))
            payload = Supervisors(conference_id=call.conference_id, supervisors=shown).model_dump_json()
            scopes = tuple(f"participant:{one}" for one in call.hearers)
            send_all(self._ephemerals, [Ephemeral(scopes, "conference:supervised", payload)])

    async def _put_out(self, call: WatchedCall) -> frozenset[str] | None:
        """Remove who may not be there; return what is there without a seat, None when that cannot be said now."""
        there = set()
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
                    continue
                there.add(one.participant_id)
                if whispers:
                    request = SetAudience(call.conference_id, one.participant_id, "microphone", call.hearers)
                    await self._media.request(call.organisation_id, request)
        except Unavailable:
            raise
        except Refusal:
            # It ended at this moment, which tells so.
            return None
        return frozenset(there)

    def _lost(self, lost: Lost) -> Coroutine[Any, Any, None]:
        """Settle what somebody watches who lost a right."""
        return self._settle_all(lambda watch: lost.party_id == watch.person_id or _is_of(watch, lost.session_id))

    async def _settle_all(self, wanted: Callable[[Watch], bool]) -> None:
        for conversation_id in await self._database.read(lambda tx: _watched(tx, wanted)):
            await self.settle(conversation_id, tell=False)


def call_of(tx: Transaction, visit: Visit, conference_id: str) -> WatchedCall:
    """Return a visit's call with who may what in it."""
    seat = None
    if visit.state == "accepted" and visit.agent_id is not None:
        seat = present_participant(tx, conference_id, visit.agent_id)
    may = frozenset(supervisors_of(tx, visit.project_id) if visit.state in OPEN else [])
    members = member_ids(tx, visit.conversation_id)
    return WatchedCall(visit.organisation_id, conference_id, [seat.id] if seat else [], may, may.union(members))


def _is_of(watch: Watch, session_id: str) -> bool:
    """Tell whether a watch was opened through a session."""
    viewer = parse_viewer_id(watch.resource_id or "")
    return viewer is not None and viewer.session_id == session_id


def _watched(tx: Transaction, wanted: Callable[[Watch], bool]) -> list[str]:
    """Return the conversations of the visits with wanted watches."""
    found = {one.visit_id: one.organisation_id for one in open_watches(tx) if wanted(one)}
    visits = [find_visit(tx, organisation_id, visit_id) for visit_id, organisation_id in found.items()]
    return [one.conversation_id for one in visits if one is not None]


def _load(tx: Transaction, conversation_id: str) -> tuple[Visit | None, WatchedCall | None, list[Watch]]:
    """Return the visit a conversation belongs to, its call when somebody may listen or whisper in it, and its watches."""
    visit = find_visit_of_conversation(tx, conversation_id)
    if visit is None:
        return None, None, []
    watched = open_watches(tx, visit.id)
    running = running_conferences(tx, [visit.conversation_id])
    # Tokens past their time are forgotten; who came by one in time stays.
    if not running or not (has_one_way_tokens(tx, running[0].id) or any(one.resource_id for one in watched)):
        return visit, None, watched
    return visit, call_of(tx, visit, running[0].id), watched


def _any_over(
    tx: Transaction, visit: Visit, watched: list[Watch], conference_id: str | None, there: frozenset[str]
) -> bool:
    now = find_visit(tx, visit.organisation_id, visit.id)
    return now is not None and any(_is_over(tx, now, one, conference_id, there) for one in watched)


def _is_over(tx: Transaction, visit: Visit, watch: Watch, conference_id: str | None, there: frozenset[str]) -> bool:
    if watch.mode == "read":
        return visit.state != "accepted" or tx.now_ms - watch.seen_at_ms > READ_ENDS_MS
    if watch.mode == "join":
        # Whoever has the visit now, or is a member of what became a case, is there by a right of their own.
        return (
            visit.state not in OPEN
            or visit.agent_id == watch.person_id
            or not is_member(tx, visit.organisation_id, visit.conversation_id, watch.person_id)
            or watch.person_id not in supervisors_of(tx, visit.project_id)
        )
    return watch.conference_id != conference_id or watch.resource_id not in there


def _end(
    tx: Transaction, visit: Visit, watched: list[Watch], conference_id: str | None, there: frozenset[str]
) -> list[Ephemeral]:
    """End what is over; who had joined and supervises no longer is put out of the visit."""
    told: list[Ephemeral] = []
    now = find_visit(tx, visit.organisation_id, visit.id)
    if now is None:
        return told
    for one in watched:
        if not _is_over(tx, now, one, conference_id, there):
            continue
        # Reading ended when it was seen last, everything else now.
        if not end(tx, now, one, at_ms=one.seen_at_ms if one.mode == "read" else None):
            continue
        if one.mode == "join" and now.state in OPEN and now.agent_id != one.person_id:
            told += _let_out(tx, now, one.person_id)
    return told


def _let_out(tx: Transaction, visit: Visit, person_id: str) -> list[Ephemeral]:
    """Put somebody who joined by a right that is gone out of a visit's conversations and its call."""
    conversation = find_conversation(tx, visit.organisation_id, visit.conversation_id)
    if conversation is None or conversation.kind == "case":
        return []
    told = unseat_member(tx, visit.organisation_id, visit.conversation_id, person_id)
    for conversation_id in (visit.conversation_id, visit.team_conversation_id):
        let_out(tx, visit.organisation_id, conversation_id, person_id, by=person_id, line=False)
    return told


def _shown(tx: Transaction, visit: Visit, conference_id: str) -> list[SupervisorShown]:
    """Return who listens to a call and whispers in it, as its agent may know; whoever speaks to them is always named."""
    tells = list_channels(tx, visit.organisation_id)["voice_in"].tells_agents
    found = [
        one
        for one in open_watches(tx, visit.id)
        if one.conference_id == conference_id and (one.mode == "whisper" or (one.mode == "listen" and tells))
    ]
    people = find_people(tx, visit.organisation_id, [one.person_id for one in found])
    names = {person.id: person.name for person in people}
    shown: dict[str, SupervisorShown] = {}
    for one in found:
        if one.person_id not in shown or one.mode == "whisper":
            shown[one.person_id] = SupervisorShown(name=names.get(one.person_id, ""), whispers=one.mode == "whisper")
    return list(shown.values())
