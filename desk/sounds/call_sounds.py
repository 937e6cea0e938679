"""What is heard in the call of a visit: greeting, ringing, hold music, voicemail, and who hears whom.

How it works: whatever happens to a visit, `settle` compares what is to be heard now (`desk.rules.voice`) with what plays, and
changes it; it may run as often as one likes. One process does it for each event, the one that stored it. Hold music has
one timeline for a whole project, so a long queue costs the media worker one sound. After the voicemail's greeting the
caller is taken down until silence; what was said becomes a file of the visit, and the visit a message.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from conversations.calls.announcements import Announcements
from conversations.calls.media import ConferenceMedia
from conversations.calls.sounds import SoundService
from core.errors import Refusal
from core.supervise import Supervisor
from desk.rules.eligibility import CALLS, may_be_offered, serves
from desk.rules.states import ENDED
from desk.rules.voice import Voice, voice_state
from desk.sounds.recording import CallRecording
from desk.sounds.tunes import make_tune
from desk.sounds.voicemail import Voicemail
from desk.visits.facts import load_crew
from desk.visits.routing import tell_visit
from rtc.channel.events import ListenerEnded
from rtc.channel.requests import SetAudience
from storage.calls.conferences import list_participants, running_conferences
from storage.calls.sounds import Tune, find_sound
from storage.desk.channels import ANNOUNCEMENTS, list_announcements
from storage.desk.offers import open_offer
from storage.desk.visits import Visit, find_visit, find_visit_of_conversation
from storage.engine.database import Database, Transaction
from storage.engine.hearing import Heard

log = logging.getLogger("centrala.desk")

_LIMIT_MS, _SILENCE_MS = 180_000, 6_000


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be heard in a call: nothing, or one of the caller's states.

    caller   the caller's participant, whom alone it is played to
    others   who else is in the call, and may be heard: nobody mutes them
    talks    whoever answered is in it, too
    """

    visit: Visit
    conference_id: str
    caller: str
    stage: Voice | None
    others: tuple[str, ...] = ()
    talks: bool = False

    @property
    def held(self) -> bool:
        """The agent put the caller on hold."""
        return self.visit.held and self.visit.state == "accepted"


class CallSounds:
    """Lets callers hear where they are."""

    def __init__(
        self,
        database: Database,
        announcements: Announcements,
        media: ConferenceMedia,
        sounds: SoundService,
        voicemail: Voicemail,
        supervisor: Supervisor,
        recording: CallRecording,
    ) -> None:
        self._database = database
        self._announcements = announcements
        self._media = media
        self._held: set[str] = set()
        self._sounds = sounds
        self._voicemail = voicemail
        self._supervisor = supervisor
        self._recording = recording
        self._stages: dict[str, Voice | None] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._listening: dict[str, tuple[str, str]] = {}
        announcements.on_heard(self._heard)

    def visit_changed(self, heard: Heard) -> None:
        """A visit changed: what its caller hears is settled anew."""
        visit = heard.payload["visit"]
        if heard.organisation_id is not None and (visit["medium"] in CALLS or visit["conference_id"] is not None):
            self._start(heard.organisation_id, visit["id"])

    def agent_changed(self, heard: Heard) -> None:
        """Whether somebody is there has changed, for everybody who waits."""
        if heard.organisation_id is not None:
            for visit_id in tuple(self._stages):
                self._start(heard.organisation_id, visit_id)

    def outlook_changed(self, organisation_id: str, visit_id: str) -> None:
        """Somebody who waits has other prospects now: if their call is heard from here, it is settled anew."""
        if visit_id in self._stages:
            self._start(organisation_id, visit_id)

    def call_changed(self, heard: Heard) -> None:
        """A call started or ended: agents and visitor are told of it."""
        if heard.organisation_id is not None:
            told = self._tell(heard.organisation_id, heard.payload["conversation_id"])
            self._supervisor.start("call of a visit", told)

    def seats_changed(self, heard: Heard) -> None:
        """Somebody joined a call or left it."""
        if heard.organisation_id is not None:
            joined = heard.kind == "participant:joined"
            changed = self._seats_changed(heard.organisation_id, heard.payload["conversation_id"], joined=joined)
            self._supervisor.start("sounds of a call", changed)

    async def settle(self, organisation_id: str, visit_id: str) -> None:
        """Let be heard what is to be heard now."""
        async with self._locks.setdefault(visit_id, asyncio.Lock()):
            wanted = await self._database.read(lambda tx: _wanted(tx, organisation_id, visit_id))
            stage = wanted.stage if wanted else None
            # What nothing is known of is settled too: it may be that something plays to somebody who was answered since.
            if self._stages.get(visit_id, "unknown") == stage:
                return
            self._stages[visit_id] = stage
            if wanted is None:
                self._stages.pop(visit_id, None)
                self._locks.pop(visit_id, None)
                return
            try:
                await self._change(wanted)
                if wanted.talks and stage is None:
                    begin = self._recording.begin(wanted.visit, wanted.conference_id)
                    self._supervisor.start("recording of a call", begin)
            except Refusal as refusal:
                # The call ended, or the caller went, at this moment; what comes next settles anew.
                self._stages.pop(visit_id, None)
                log.info("no sound in visit %s: %s", visit_id, refusal.code)

    async def _change(self, wanted: _Wanted) -> None:
        visit, conference_id = wanted.visit, wanted.conference_id
        for listener_id, (_, of_visit) in tuple(self._listening.items()):
            if of_visit == visit.id:
                await self._announcements.stop_listening(visit.organisation_id, conference_id, listener_id)
        await self._announcements.silence(visit.organisation_id, conference_id)
        if wanted.held or visit.id in self._held:
            await self._part(wanted)
        if wanted.stage == "ring" and visit.answered_at_ms is not None:
            await self._ring(wanted)
        elif wanted.stage == "ring":
            length_ms = await self._play(wanted, "greeting")
            self._later(visit, length_ms, "ring", lambda: self._ring(wanted))
        elif wanted.stage == "hold":
            await self._play(wanted, "hold", loop=True, shared=f"hold {visit.project_id}")
        elif wanted.stage == "voicemail":
            length_ms = await self._play(wanted, "voicemail")
            self._later(visit, length_ms, "voicemail", lambda: self._listen(wanted))

    async def _part(self, wanted: _Wanted) -> None:
        """Keep a held caller and the others from hearing each other, or let them again."""
        visit, held = wanted.visit, wanted.held
        (self._held.add if held else self._held.discard)(visit.id)
        audiences: dict[str, list[str] | None] = {wanted.caller: [] if held else None}
        for one in wanted.others:
            audiences[one] = [other for other in wanted.others if other != one] if held else None
        for participant_id, audience in audiences.items():
            # All of it, so that neither a screen nor a camera that is switched on meanwhile gets through.
            request = SetAudience(wanted.conference_id, participant_id, None, audience)
            await self._media.request(visit.organisation_id, request)

    async def _play(self, wanted: _Wanted, tune: Tune, *, loop: bool = False, shared: str = "") -> int:
        """Play a tune, or the organisation's own sound in its place; return its length in ms, 0 when it is silent."""
        visit = wanted.visit
        sound_id = await self._sound(visit, tune)
        if sound_id is None:
            return 0
        _, sound = await self._announcements.start(
            visit.organisation_id, wanted.conference_id, visit.visitor_id, sound_id, loop=loop, to=wanted.caller,
            shared=shared,
        )  # fmt: skip
        return sound.duration_ms

    async def _sound(self, visit: Visit, tune: Tune) -> str | None:
        organisation_id = visit.organisation_id
        if tune in ANNOUNCEMENTS:
            chosen = await self._database.read(lambda tx: list_announcements(tx, organisation_id)[tune])
            if chosen.kind == "blocked":
                return None
            if chosen.kind == "own" and chosen.sound_id is not None:
                sound_id = chosen.sound_id
                if await self._database.read(lambda tx: find_sound(tx, organisation_id, sound_id)) is not None:
                    return sound_id
        content = await asyncio.to_thread(make_tune, tune)
        return await self._sounds.keep(organisation_id, visit.visitor_id, tune, content)

    async def _ring(self, wanted: _Wanted) -> None:
        await self._play(wanted, "ringback", loop=True, shared="ringback")

    async def _listen(self, wanted: _Wanted) -> None:
        visit = wanted.visit
        listener_id = await self._announcements.listen(
            visit.organisation_id, wanted.conference_id, wanted.caller, limit_ms=_LIMIT_MS, silence_ms=_SILENCE_MS
        )
        self._listening[listener_id] = (visit.organisation_id, visit.id)

    def _later(self, visit: Visit, after_ms: int, stage: Voice, act: Callable[[], Awaitable[None]]) -> None:
        """Do something when a sound has ended, if the caller still is in the same state."""

        async def wait() -> None:
            await asyncio.sleep(after_ms / 1000)
            if self._stages.get(visit.id) != stage:
                return
            try:
                await act()
            except Refusal as refusal:
                log.info("no sound in visit %s: %s", visit.id, refusal.code)

        self._supervisor.start("next sound of a call", wait())

    def _heard(self, event: ListenerEnded, path: Path | None) -> None:
        found = self._listening.pop(event.listener_id, None)
        if found is not None:
            self._supervisor.start("voicemail", self._voicemail.keep(*found, path, event.duration_ms))

    def _start(self, organisation_id: str, visit_id: str) -> None:
        self._supervisor.start("sounds of a call", self.settle(organisation_id, visit_id))

    async def _tell(self, organisation_id: str, conversation_id: str) -> None:
        """A call began or ended in a conversation: whoever sees the visit it belongs to, if any, is told."""

        def store(tx: Transaction) -> None:
            visit = find_visit_of_conversation(tx, conversation_id)
            if visit is not None and visit.state not in ENDED:
                tell_visit(tx, visit.id, organisation_id)

        if await self._database.read(lambda tx: find_visit_of_conversation(tx, conversation_id)) is not None:
            await self._database.write(store)

    async def _seats_changed(self, organisation_id: str, conversation_id: str, *, joined: bool) -> None:
        visit = await self._database.read(lambda tx: find_visit_of_conversation(tx, conversation_id))
        if visit is not None:
            if joined:
                # A player hangs on the seat it is for: whoever sits down anew is played to anew.
                self._stages.pop(visit.id, None)
            await self.settle(organisation_id, visit.id)


def _wanted(tx: Transaction, organisation_id: str, visit_id: str) -> _Wanted | None:
    """Return what is to be heard in a visit's call; None when no call runs or the caller is not in it."""
    visit = find_visit(tx, organisation_id, visit_id)
    if visit is None:
        return None
    # A visitor calls the agent of a chat, who has not answered that yet.
    calls = visit.state == "accepted" and open_offer(tx, visit.id) is not None
    if visit.medium not in CALLS and not calls:
        return None
    running = running_conferences(tx, [visit.conversation_id])
    if not running:
        return None
    seats = list_participants(tx, [running[0].id], present_only=True)
    caller = next((one.id for one in seats if one.person_id == visit.visitor_id), None)
    if caller is None:
        return None
    stage: Voice | None = None
    if visit.state == "accepted" and visit.held:
        stage = "hold"
    elif calls and len(seats) == 1:
        stage = "ring"
    elif visit.state in ("waiting", "offered"):
        # Those of a case go on talking while another agent is asked.
        alone = visit.case_conversation_id is None or len(seats) == 1
        stage = _stage(tx, visit) if alone else None
    others = tuple(one.id for one in seats if one.id != caller and one.muted_by is None)
    talks = visit.state == "accepted" and visit.agent_id in {one.person_id for one in seats}
    return _Wanted(visit, running[0].id, caller, stage, others, talks)


def _stage(tx: Transaction, visit: Visit) -> Voice:
    answered = visit.answered_at_ms is not None
    if visit.state == "offered":
        return "hold" if answered else "ring"
    crew = load_crew(tx, visit.organisation_id, visit.project_id)
    medium = visit.medium
    online = [one for one in crew.agents if serves(one, crew.facts, medium)] if crew else []
    free = sum(may_be_offered(one, crew.facts, medium) for one in online) if crew else 0
    return voice_state(free=free, online=len(online), answered=answered)
