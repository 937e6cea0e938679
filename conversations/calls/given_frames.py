"""Asking a participant for the picture of their camera as it is there, before any line made it smaller (BEY-011).

How it works: who freezes a picture of somebody with a bad line has a small one at best, so the page asks the sender's own
page, which takes its camera's picture at once and sends it like a file: it arrives late, but whole. Nothing is shown by
that. Whoever asked makes a whiteboard of it, or of what they see themselves when nothing comes in time.
"""

from collections.abc import Iterable

from accounts.rights import Actor, demand
from conversations.boards.pictures import BoardPictures, Frame
from conversations.calls.access import attended_conference, member_conference
from conversations.calls.frame_payloads import FrameGiven, FrameWanted
from conversations.calls.seats import present_in, seat_of
from core.ephemerals import Ephemerals
from core.errors import Conflict, Limited, NotFound
from core.ids import new_id
from storage.calls.conferences import Conference, Participant
from storage.calls.given_frames import GivenFrame, count_given, forget_given, give_frame, take_frame
from storage.engine.database import Clash, Database, Transaction
from storage.unused_blobs import remove_blob_later

KEPT_MS = 60_000
# Of one participant, that nobody took yet.
MAX_GIVEN = 5
# Who is asked: the pages of visitors of websites have no ear for it.
_ASKED = ("person", "guest")


class GivenFrames:
    """Asks for pictures, and takes them for whoever asked."""

    def __init__(self, database: Database, pictures: BoardPictures, ephemerals: Ephemerals) -> None:
        self._database = database
        self._pictures = pictures
        self._ephemerals = ephemerals

    async def ask(self, actor: Actor, conference_id: str, participant_id: str, ask_id: str) -> None:
        """Ask a participant's page for the picture of its camera.

        raises   NotFound  no such conference, or nobody there who could be asked; Conflict  the actor has no seat
        emits    frame:wanted, to that participant
        """
        demand(actor, "boards.draw")

        def look(tx: Transaction) -> str:
            conference = member_conference(tx, actor, conference_id)
            seat = _seat(tx, actor, conference)
            _asked(tx, conference, participant_id)
            return seat.id

        asked_by = await self._database.read(look)
        wanted = FrameWanted(conference_id=conference_id, asked_by=asked_by, ask_id=ask_id)
        self._ephemerals.send((f"participant:{participant_id}",), "frame:wanted", wanted.model_dump_json())

    async def give(self, actor: Actor, conference_id: str, asked_by: str, ask_id: str, content: bytes) -> None:
        """Take the picture of the actor's camera for the participant who asked; the same again changes nothing.

        content  PNG, JPEG or WebP
        raises   NotFound; Conflict  the actor has no seat; Invalid  no picture, or too large; Limited  nobody takes them
        emits    frame:given, to that participant
        """
        demand(actor, "frames.give")
        await self._database.read(lambda tx: self._demand(tx, actor, conference_id, asked_by))
        frame = await self._pictures.take_frame(actor, content)

        def store(tx: Transaction) -> None:
            conference, receiver = self._demand(tx, actor, conference_id, asked_by)
            _drop(tx, forget_given(tx, conference_id, tx.now_ms - KEPT_MS))
            give_frame(
                tx,
                GivenFrame(
                    new_id(), conference.organisation_id, conference_id, ask_id, receiver.person_id, actor.party_id,
                    frame.digest, frame.content_type, frame.size_bytes, frame.width_px, frame.height_px,
                    frame.preview_hash, tx.now_ms,
                ),
            )  # fmt: skip

        try:
            await self._database.write(store)
        except Clash:
            await self._database.write(lambda tx: _drop(tx, (frame.digest, frame.preview_hash)))
            return
        given = FrameGiven(
            conference_id=conference_id, ask_id=ask_id, width_px=frame.width_px, height_px=frame.height_px
        )
        self._ephemerals.send((f"participant:{asked_by}",), "frame:given", given.model_dump_json())

    def _demand(
        self, tx: Transaction, actor: Actor, conference_id: str, asked_by: str
    ) -> tuple[Conference, Participant]:
        conference = attended_conference(tx, actor, conference_id)
        _seat(tx, actor, conference)
        if count_given(tx, conference_id, actor.party_id, tx.now_ms - KEPT_MS) >= MAX_GIVEN:
            raise Limited(retry_after_s=KEPT_MS // 1000)
        return conference, _asked(tx, conference, asked_by)


def take_given(tx: Transaction, actor: Actor, conference_id: str, ask_id: str) -> Frame:
    """Return the picture that was given to the actor for this ask, once; raises NotFound."""
    given = take_frame(tx, conference_id, actor.party_id, ask_id)
    if given is None or given.given_at_ms < tx.now_ms - KEPT_MS:
        raise NotFound("conversations.frame_not_given")
    return Frame(
        given.digest, given.content_type, given.size_bytes, given.width_px, given.height_px, given.preview_hash
    )


def _drop(tx: Transaction, digests: Iterable[str]) -> None:
    for digest in digests:
        remove_blob_later(tx, digest)


def _seat(tx: Transaction, actor: Actor, conference: Conference) -> Participant:
    if conference.state != "running":
        raise Conflict("conversations.conference_ended")
    return seat_of(tx, conference, actor.party_id)


def _asked(tx: Transaction, conference: Conference, participant_id: str) -> Participant:
    found = present_in(tx, conference, participant_id)
    if found.kind not in _ASKED:
        raise NotFound("conversations.participant_not_found")
    return found
