# long: everything people do with a call, and what happens to it by itself, over one store
"""Conferences: starting one, ringing, sitting down and standing up, ending it, and the calls there were."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from accounts.rights import Actor, demand
from accounts.secrets import hash_secret, make_secret
from conversations.calls import payloads
from conversations.calls.access import attended_conference, demand_attendance, member_conference, moderated_conference
from conversations.calls.admission import demand_admitted
from conversations.calls.seats import (
    ALONE_MS,
    Look,
    end_alone,
    finish,
    is_pair,
    look_at,
    seat,
    switch,
    unseat,
)
from conversations.calls.snapshots import call_views, conference_views
from conversations.calls.standard_ids import is_instance_id
from conversations.calls.starting import announce, new_conference, ringing_at
from conversations.calls.succession import settle_moderator
from conversations.calls.telling import reread, ring_stopped
from conversations.calls.turn import ice_servers
from conversations.calls.viewers import end_all_viewing, end_viewing
from conversations.messages.access import demand_member, member_conversation
from conversations.messages.lines import post_line
from core.ephemerals import Ephemeral, Ephemerals, send_all
from core.errors import Conflict, Unavailable
from core.settings import Settings
from storage.accounts.sessions import ConferenceToken, add_conference_token
from storage.audit import note
from storage.calls.conferences import (
    Conference,
    Participant,
    find_conference,
    find_participant,
    list_conferences,
    list_participants,
    present_participant,
    ringing_for,
    running_conferences,
    seats_of_node,
    stop_ring,
    stop_rings,
)
from storage.conversations.conversations import find_conversation
from storage.engine.database import Database, Transaction
from storage.engine.paging import page_of

TOKEN_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Joined:
    """A seat that was taken. `replaced`: the participant whose tab is out now."""

    conference: payloads.Conference
    participant_id: str
    replaced: str | None
    ice_servers: list[payloads.IceServer]


class ConferenceService:
    """What people do with calls, apart from their media."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        ephemerals: Ephemerals,
        has_capacity: Callable[[], Awaitable[bool]],
    ) -> None:
        self._database = database
        self._settings = settings
        self._ephemerals = ephemerals
        self._has_capacity = has_capacity

    async def start(self, actor: Actor, conversation_id: str) -> tuple[payloads.ConferenceDoor, bool]:
        """Press the camera button: return the running conference with a new token, and whether it was started now.

        raises   NotFound     no such conversation of the actor's
                 Forbidden    the actor was removed from the running one, or that is locked
                 Unavailable  rtc.full: no conference runs here, and the server cannot carry one more
        emits    conference:started, message:posted; conference:ringing to the others
        """
        demand(actor, "conferences.start")
        secret = make_secret("cec")
        may_begin = await self._has_capacity()
        view, created, told = await self._database.write_retrying(
            lambda tx: self._start(tx, actor, conversation_id, hash_secret(secret), may_begin=may_begin)
        )
        send_all(self._ephemerals, told)
        base = f"{self._settings.base_url}/api/v1/conferences/{view.id}"
        door = payloads.ConferenceDoor(
            conference_id=view.id, whip_url=f"{base}/whip", whep_url=f"{base}/whep", token=secret, conference=view
        )
        return door, created

    async def get(self, actor: Actor, conference_id: str) -> payloads.Conference:
        """Return a conference of one of the actor's conversations."""
        demand(actor, "conferences.see")
        return await self._database.read(
            lambda tx: conference_views(tx, [member_conference(tx, actor, conference_id)])[0]
        )

    async def history(
        self, actor: Actor, conversation_id: str, *, cursor: str | None = None, limit: int = 20
    ) -> payloads.Conferences:
        """Return a conversation's conferences, newest first."""
        demand(actor, "conferences.see")

        def load(tx: Transaction) -> payloads.Conferences:
            demand_member(tx, actor, conversation_id)
            rows, last = page_of(lambda count: list_conferences(tx, conversation_id, cursor or None, count), limit)
            return payloads.Conferences(items=call_views(tx, rows), next=last.id if last else None)

        return await self._database.read(load)

    async def join(
        self, actor: Actor, conference_id: str, *, instance_id: str, node_id: str, audio: bool, video: bool
    ) -> Joined:
        """Take the actor's seat; the same instance keeps the one it has.

        raises   NotFound  no such conference of the actor's; Conflict  it has ended
        emits    participant:joined, :left, :changed; ring:stopped to the actor
        """
        demand_attendance(actor)

        def store(tx: Transaction) -> tuple[Joined, list[Ephemeral]]:
            conference = attended_conference(tx, actor, conference_id)
            seated = seat(tx, actor, conference, instance_id=instance_id, node_id=node_id, audio=audio, video=video)
            joined = Joined(
                conference=reread(tx, conference),
                participant_id=seated.participant.id,
                replaced=seated.replaced,
                ice_servers=ice_servers(self._settings, actor.party_id, tx.now_ms),
            )
            return joined, seated.told

        joined, told = await self._database.write_retrying(store)
        send_all(self._ephemerals, told)
        return joined

    async def change_state(self, actor: Actor, conference_id: str, *, audio: bool, video: bool) -> None:
        """Switch microphone and camera on or off, for the others to see.

        raises   Conflict  the actor has no seat
        emits    participant:changed
        """
        demand_attendance(actor)

        def store(tx: Transaction) -> None:
            conference = attended_conference(tx, actor, conference_id)
            participant = present_participant(tx, conference_id, actor.party_id)
            if participant is None:
                raise Conflict("conversations.not_in_conference")
            switch(tx, conference, participant, audio=audio, video=video)

        await self._database.write(store)

    async def leave(self, actor: Actor, conference_id: str, *, participant_id: str | None = None) -> None:
        """Stand up; doing so twice is as good as once. The last one ends the conference.

        participant_id   only from this seat, not from one another tab took meanwhile
        """
        demand_attendance(actor)

        def store(tx: Transaction) -> list[Ephemeral]:
            conference = attended_conference(tx, actor, conference_id)
            participant = present_participant(tx, conference_id, actor.party_id)
            if participant is None or participant_id not in (None, participant.id):
                return []
            return unseat(tx, conference, participant)

        send_all(self._ephemerals, await self._database.write(store))

    async def decline(self, actor: Actor, conference_id: str) -> None:
        """Stop the ringing for the actor, on all devices; a call of two ends with that.

        emits    ring:stopped; message:posted; conference:ended
        """
        demand(actor, "conferences.start")

        def store(tx: Transaction) -> list[Ephemeral]:
            conference = member_conference(tx, actor, conference_id)
            if not stop_ring(tx, conference_id, actor.party_id, "declined"):
                return []
            post_line(
                tx,
                actor.organisation_id,
                conference.conversation_id,
                actor.party_id,
                "call.declined",
                conference_id=conference_id,
            )
            told = [ring_stopped(conference_id, actor.party_id, "declined")]
            if is_pair(tx, conference):
                told += finish(tx, conference, "declined")
            return told

        send_all(self._ephemerals, await self._database.write(store))

    async def end(self, actor: Actor, conference_id: str) -> payloads.Conference:
        """End the conference for all, as a moderator.

        raises   Forbidden  neither
        emits    conference:ended
        """
        demand(actor, "conferences.moderate")

        def store(tx: Transaction) -> tuple[payloads.Conference, list[Ephemeral]]:
            conference = moderated_conference(tx, actor, conference_id, "conversations.not_yours_to_end")
            told = finish(tx, conference, "by_moderator")
            note(
                tx,
                actor.organisation_id,
                actor.party_id,
                "call.ended_for_all",
                "conversation",
                conference.conversation_id,
                conference_id=conference_id,
            )
            return reread(tx, conference), told

        view, told = await self._database.write(store)
        send_all(self._ephemerals, told)
        return view

    async def ringing(self, actor: Actor) -> list[Ephemeral]:
        """Return what rings the actor now, for a tab that just connected."""

        def load(tx: Transaction) -> list[Ephemeral]:
            told = []
            for conference in ringing_for(tx, actor.party_id):
                conversation = find_conversation(tx, actor.organisation_id, conference.conversation_id)
                if conversation is not None:
                    told.append(ringing_at(tx, conference, conversation, [actor.party_id]))
            return told

        return await self._database.read(load)

    async def seat_of(self, actor: Actor, conference_id: str) -> str | None:
        """Return the participant the actor is in a conference now, None without a seat."""

        def load(tx: Transaction) -> str | None:
            conference = member_conference(tx, actor, conference_id)
            participant = present_participant(tx, conference.id, actor.party_id)
            return participant.id if participant else None

        return await self._database.read(load)

    # -- what happens by itself ---------------------------------------------------------------------

    async def stop_ringing(self, organisation_id: str, conference_id: str) -> None:
        """The ring deadline passed: whoever still rings missed it, and a conference nobody joined, or only guests
        are left in, ends."""

        def store(tx: Transaction) -> list[Ephemeral]:
            conference = find_conference(tx, organisation_id, conference_id)
            if conference is None or conference.state != "running":
                return []
            told = [ring_stopped(conference_id, one, "timeout") for one in stop_rings(tx, conference_id, "timeout")]
            here = list_participants(tx, [conference_id], present_only=True)
            if all(one.kind == "guest" for one in here):
                told += finish(tx, conference, "unanswered")
            elif len(here) == 1 and is_pair(tx, conference):
                look_at(tx, conference, ALONE_MS, "alone")
            return told

        send_all(self._ephemerals, await self._database.write(store))

    async def drop_seat(
        self,
        organisation_id: str,
        participant_id: str,
        *,
        node_id: str | None = None,
        linger: bool = False,
        lost: bool = False,
    ) -> None:
        """Free a seat whose holder vanished; with a node, only if the holder's socket was last at that one.

        linger   a conference left empty by this waits as long as it would ring
        lost     the holder did not say that they go: their line is gone, and a call that rings waits for them
        """

        def store(tx: Transaction) -> list[Ephemeral]:
            participant = find_participant(tx, participant_id)
            if participant is None or participant.left_at_ms is not None:
                return []
            if node_id is not None and participant.node_id != node_id:
                return []
            conference = find_conference(tx, organisation_id, participant.conference_id)
            if conference is None:
                return []
            linger_ms = int(self._settings.ring_s * 1000) if linger else 0
            if lost:
                linger_ms = self._patience_ms(tx, conference, participant)
            return unseat(tx, conference, participant, linger_ms=linger_ms, lost=lost or linger)

        send_all(self._ephemerals, await self._database.write(store))

    async def drop_node(self, node_id: str, *, instance: str | None = None) -> None:
        """Free the seats held through a node that is gone, or those of one instance there."""

        def store(tx: Transaction) -> list[Ephemeral]:
            told: list[Ephemeral] = []
            for participant, conference in seats_of_node(tx, node_id):
                if instance is None:
                    patience_ms = self._patience_ms(tx, conference, participant)
                    told += unseat(tx, conference, participant, linger_ms=patience_ms, lost=True)
                elif participant.instance_id == instance:
                    told += unseat(tx, conference, participant)
            return told

        send_all(self._ephemerals, await self._database.write(store))

    async def drop_standard_clients(self, organisation_id: str, conference_id: str) -> None:
        """Free the seats taken through WHIP, and forget who received by WHEP: their transports are gone."""

        def store(tx: Transaction) -> list[Ephemeral]:
            conference = find_conference(tx, organisation_id, conference_id)
            told: list[Ephemeral] = []
            if conference is not None:
                end_all_viewing(tx, conference)
            for participant in list_participants(tx, [conference_id], present_only=True):
                if conference is not None and is_instance_id(participant.instance_id):
                    told += unseat(tx, conference, participant, lost=True)
            return told

        send_all(self._ephemerals, await self._database.write(store))

    async def viewer_gone(self, resource_id: str) -> None:
        """The media engine closed what somebody without a seat received by."""
        await self._database.write(lambda tx: end_viewing(tx, resource_id))

    async def run_ring_job(self, payload: dict[str, str]) -> None:
        """The job "conference.ring_timeout": the ring deadline, and whatever else a conference is looked at for."""
        organisation_id, conference_id = payload["organisation_id"], payload["conference_id"]
        look = cast(Look, payload.get("look", "rings"))
        if look == "rings":
            await self.stop_ringing(organisation_id, conference_id)
            return

        def store(tx: Transaction) -> list[Ephemeral]:
            conference = find_conference(tx, organisation_id, conference_id)
            if conference is None or conference.state != "running":
                return []
            return self._look(tx, conference, look)

        send_all(self._ephemerals, await self._database.write(store))

    def _look(self, tx: Transaction, conference: Conference, look: Look) -> list[Ephemeral]:
        if look == "alone":
            return end_alone(tx, conference)
        if look == "moderator":
            settle_moderator(tx, conference)
            return []
        here = list_participants(tx, [conference.id], present_only=True)
        if all(one.kind == "guest" for one in here):
            return finish(tx, conference, "alone" if here else "lost")
        return []

    def _patience_ms(self, tx: Transaction, conference: Conference, participant: Participant) -> int:
        """Return how long an empty conference waits for somebody whose line is gone, beyond the time their seat waited.

        Whoever is called goes on being called; a visitor keeps the place in the queue as long as the call.
        """
        if participant.kind == "visitor":
            return int(self._settings.visitor_grace_s * 1000)
        return max(0, min(conference.ring_until_ms - tx.now_ms, int(self._settings.grace_s * 2000)))

    def _start(
        self, tx: Transaction, actor: Actor, conversation_id: str, token_hash: str, *, may_begin: bool
    ) -> tuple[payloads.Conference, bool, list[Ephemeral]]:
        conversation = member_conversation(tx, actor, conversation_id)
        running = running_conferences(tx, [conversation_id])
        told: list[Ephemeral] = []
        if running:
            conference = running[0]
            demand_admitted(tx, conference, actor.party_id)
        elif not may_begin:
            raise Unavailable("rtc.full")
        else:
            conference = new_conference(tx, conversation, actor.party_id, int(self._settings.ring_s * 1000))
            told = announce(tx, conversation, conference)
        add_conference_token(
            tx,
            token_hash,
            ConferenceToken(
                organisation_id=actor.organisation_id,
                conference_id=conference.id,
                party_id=actor.party_id,
                session_id=actor.session_id,
                publish=True,
                receive=True,
                expires_at_ms=tx.now_ms + TOKEN_MS,
            ),
        )
        return reread(tx, conference), not running, told
