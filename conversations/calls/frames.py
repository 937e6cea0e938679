"""Frozen pictures of a call: one request makes a whiteboard with the picture and puts it before everybody (BEY-011).

How it works: the page that froze the picture sends it; everything else is one transaction here, so that nobody ever looks
at an empty board, the conversation has its small picture from the first moment, and a phone on a bad line needs one
request. The picture is an element like any other, locked, so that a hand that draws does not move it. Back to live is the
end of showing it; the board stays in the conversation.
"""

import secrets
from collections.abc import Callable

from accounts.rights import Actor, demand
from conversations.boards import payloads as board_payloads
from conversations.boards.boards import made_board, make_board
from conversations.boards.changes import Submission, apply_changes
from conversations.boards.pictures import BoardPictures, Frame
from conversations.boards.views import board_views
from conversations.calls import payloads
from conversations.calls.access import member_conference
from conversations.calls.admission import moderates
from conversations.calls.given_frames import take_given
from conversations.calls.seats import seat_of
from conversations.calls.telling import reread, tell_conference
from core.errors import Conflict, Forbidden
from core.ids import new_id
from storage.calls.conferences import Conference
from storage.calls.shown_boards import hide_board, show_board, shown_in
from storage.conversations.boards import BoardFile, add_board_file, find_board
from storage.conversations.messages import find_sent
from storage.engine.database import Clash, Database, Transaction
from whiteboard.elements import Element, parse_element

# Whatever the picture's size, a pen is as broad on it as on any other board.
_LONGEST_SIDE = 1280.0


class FrameService:
    """Puts frozen pictures before everybody in a call, and takes them away."""

    def __init__(self, database: Database, pictures: BoardPictures) -> None:
        self._database = database
        self._pictures = pictures

    async def freeze(
        self, actor: Actor, conference_id: str, *, client_id: str, title: str, content: bytes
    ) -> tuple[board_payloads.Board, bool]:
        """Make a board of a picture, shown to everybody in the call; return it, and whether it is new.

        client_id   the same again makes nothing
        content     PNG, JPEG or WebP
        raises      NotFound; Conflict  the actor has no seat, or the call ended; Invalid  no picture, or too large
        emits       message:posted, conference:changed
        """
        demand(actor, "boards.draw")
        await self._database.read(lambda tx: _attended(tx, actor, conference_id))
        frame = await self._pictures.take_frame(actor, content)
        return await self._make(actor, conference_id, client_id, title, lambda _: frame)

    async def freeze_given(
        self, actor: Actor, conference_id: str, ask_id: str, *, client_id: str, title: str
    ) -> tuple[board_payloads.Board, bool]:
        """Do the same with the picture that somebody gave the actor.

        raises   NotFound  nothing was given for this ask, or too long ago; else as freeze()
        """
        demand(actor, "boards.draw")
        return await self._make(
            actor, conference_id, client_id, title, lambda tx: take_given(tx, actor, conference_id, ask_id)
        )

    async def _make(
        self, actor: Actor, conference_id: str, client_id: str, title: str, choose: Callable[[Transaction], Frame]
    ) -> tuple[board_payloads.Board, bool]:
        def store(tx: Transaction) -> board_payloads.Board:
            conference = _attended(tx, actor, conference_id)
            if find_sent(tx, conference.conversation_id, actor.party_id, client_id) is not None:
                raise Clash
            frame = choose(tx)
            board = make_board(tx, actor, conference.conversation_id, client_id, title, frame.preview_hash)
            file_id = new_id()
            add_board_file(
                tx,
                BoardFile(
                    board.id, file_id, board.organisation_id, frame.digest, frame.content_type, frame.size_bytes,
                    actor.party_id, tx.now_ms,
                ),
            )  # fmt: skip
            submission = Submission(actor, 0, [picture_element(file_id, frame, tx.now_ms)])
            apply_changes(tx, board.organisation_id, board.id, [submission])
            show_board(tx, conference.organisation_id, conference_id, board.id, actor.party_id)
            tell_conference(tx, conference)
            drawn = find_board(tx, board.organisation_id, board.id)
            assert drawn is not None
            return board_views(tx, [drawn])[0]

        def look(tx: Transaction) -> board_payloads.Board:
            conference = _attended(tx, actor, conference_id)
            return made_board(tx, actor, conference.conversation_id, client_id)

        try:
            return await self._database.write(store), True
        except Clash:
            return await self._database.read(look), False

    async def go_live(self, actor: Actor, conference_id: str) -> payloads.Conference:
        """Take the board away from before everybody; doing so twice is as good as once.

        raises   NotFound; Forbidden  somebody else put it there, and the actor moderates not
        emits    conference:changed
        """
        demand(actor, "boards.draw")

        def store(tx: Transaction) -> payloads.Conference:
            conference = member_conference(tx, actor, conference_id)
            shown = shown_in(tx, [conference_id]).get(conference_id)
            if shown is None or conference.state != "running":
                return reread(tx, conference)
            if shown.shown_by != actor.party_id and not moderates(tx, conference, actor.party_id):
                raise Forbidden("conversations.not_yours_to_moderate")
            hide_board(tx, conference_id)
            return tell_conference(tx, conference)

        return await self._database.write(store)


def picture_element(file_id: str, frame: Frame, now_ms: int) -> Element:
    """Return the first element of a frozen picture's board, as the page's library would have made it."""
    scale = _LONGEST_SIDE / max(frame.width_px, frame.height_px)
    return parse_element(
        {
            "id": file_id, "type": "image", "fileId": file_id, "status": "saved", "scale": [1, 1], "crop": None,
            "x": 0, "y": 0, "width": round(frame.width_px * scale, 2), "height": round(frame.height_px * scale, 2),
            "angle": 0, "strokeColor": "transparent", "backgroundColor": "transparent", "fillStyle": "solid",
            "strokeWidth": 2, "strokeStyle": "solid", "roughness": 1, "opacity": 100, "groupIds": [], "frameId": None,
            "index": "a0", "roundness": None, "seed": 1, "version": 1, "versionNonce": secrets.randbelow(1 << 31),
            "isDeleted": False, "boundElements": None, "updated": now_ms, "link": None, "locked": True,
        }
    )  # fmt: skip


def _attended(tx: Transaction, actor: Actor, conference_id: str) -> Conference:
    """Return a running conference in which the actor has a seat; raises NotFound, Conflict."""
    conference = member_conference(tx, actor, conference_id)
    if conference.state != "running":
        raise Conflict("conversations.conference_ended")
    seat_of(tx, conference, actor.party_id)
    return conference
