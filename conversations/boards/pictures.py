"""Pictures of whiteboards: those on them, and the small one that shows a board in its conversation.

Every picture is decoded and encoded anew, so that nothing else comes with it. The small one is exported by the page of
whoever drew last, not drawn here: it is then exactly what people see, with its fonts, hands' lines and pictures,
and no second renderer has to keep step with the page's library.
"""

import asyncio
from dataclasses import dataclass, replace

from accounts.rights import Actor, demand
from conversations.boards import payloads as board_payloads
from conversations.boards.access import demand_drawing, member_board
from conversations.boards.views import board_views, picture_view, tell_message
from core.errors import Conflict, Invalid, NotFound
from files.pictures import NotAPicture, Picture, PictureForm, Pictures, PictureTooLarge
from storage.conversations.boards import BoardFile, add_board_file, board_files_size, change_board, find_board_file
from storage.disk.blobs import Blobs
from storage.engine.database import Clash, Database, Transaction
from storage.unused_blobs import remove_blob_later
from whiteboard.elements import is_id

MAX_PICTURE_BYTES = 10_000_000
MAX_PREVIEW_BYTES = 2_000_000
_MAX_FILES = 300
_MAX_FILES_BYTES = 200_000_000
PICTURE = PictureForm(
    MAX_PICTURE_BYTES, side_px=4096, quality=88, formats=("PNG", "JPEG", "WEBP", "GIF"), keeps_jpeg=True
)
PREVIEW = PictureForm(MAX_PREVIEW_BYTES, side_px=640, quality=80, most_pixels=10_000_000, formats=("PNG", "WEBP"))
# Of a picture of ours, whose limits were looked at before.
_SMALL = replace(PREVIEW, most_bytes=100_000_000, most_pixels=PICTURE.most_pixels, formats=("PNG", "JPEG"))


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture that is kept, and the small one of it (WebP); digests are those of their blobs."""

    digest: str
    content_type: str
    size_bytes: int
    width_px: int
    height_px: int
    preview_hash: str


class BoardPictures:
    """Takes and gives pictures."""

    def __init__(self, database: Database, blobs: Blobs, pictures: Pictures) -> None:
        self._database = database
        self._blobs = blobs
        self._pictures = pictures

    async def put(self, actor: Actor, board_id: str, file_id: str, content: bytes) -> board_payloads.BoardPicture:
        """Keep a picture under the name elements give it; the same name again keeps the first.

        raises   NotFound, Forbidden, Invalid  no picture, too large, or too many of them
        """
        demand(actor, "boards.draw")
        if not is_id(file_id):
            raise Invalid("boards.bad_element")

        def look(tx: Transaction) -> BoardFile | None:
            board = member_board(tx, actor, board_id)
            demand_drawing(board, actor)
            _demand_room(tx, board_id)
            return find_board_file(tx, board_id, file_id)

        found = await self._database.read(look)
        if found is not None:
            return picture_view(found)
        picture = await self._draw(content, PICTURE, actor.party_id)
        digest = await asyncio.to_thread(self._blobs.put, picture.content)

        def store(tx: Transaction) -> BoardFile:
            board = member_board(tx, actor, board_id, lock=True)
            demand_drawing(board, actor)
            _demand_room(tx, board_id)
            file = BoardFile(
                board_id, file_id, actor.organisation_id, digest, picture.content_type, len(picture.content),
                actor.party_id, tx.now_ms,
            )  # fmt: skip
            add_board_file(tx, file)
            return file

        try:
            return picture_view(await self._database.write(store))
        except Clash:
            found = await self._database.read(look)
            if found is None:
                raise Conflict("core.changed_meanwhile") from None
            return picture_view(found)

    async def take_frame(self, actor: Actor, content: bytes) -> Frame:
        """Keep a picture that a board is to begin with, and the small one of it, as blobs; raises Invalid."""
        picture = await self._draw(content, PICTURE, actor.party_id)
        small = await self._draw(picture.content, _SMALL, actor.party_id)
        digest = await asyncio.to_thread(self._blobs.put, picture.content)
        preview_hash = await asyncio.to_thread(self._blobs.put, small.content)
        return Frame(
            digest, picture.content_type, len(picture.content), picture.width_px, picture.height_px, preview_hash
        )

    async def get(self, actor: Actor, board_id: str, file_id: str) -> tuple[bytes, str]:
        """Return a picture of a board and its kind; raises NotFound."""
        demand(actor, "conversations.read")

        def look(tx: Transaction) -> BoardFile | None:
            member_board(tx, actor, board_id)
            return find_board_file(tx, board_id, file_id)

        found = await self._database.read(look)
        content = await self._read(found.digest if found else None)
        assert found is not None
        return content, found.content_type

    async def put_preview(self, actor: Actor, board_id: str, revision: int, content: bytes) -> board_payloads.Board:
        """Take the small picture of what the board showed at a revision; an older one than is kept changes nothing.

        raises   NotFound, Forbidden, Invalid  no picture
        emits    message:edited
        """
        demand(actor, "boards.draw")

        def look(tx: Transaction) -> None:
            demand_drawing(member_board(tx, actor, board_id), actor)

        await self._database.read(look)
        picture = await self._draw(content, PREVIEW, actor.party_id)
        digest = await asyncio.to_thread(self._blobs.put, picture.content)

        def store(tx: Transaction) -> board_payloads.Board:
            board = member_board(tx, actor, board_id, lock=True)
            demand_drawing(board, actor)
            if board.preview_revision < revision <= board.revision:
                if board.preview_hash is not None and board.preview_hash != digest:
                    remove_blob_later(tx, board.preview_hash)
                change_board(tx, board_id, preview_hash=digest, preview_revision=revision)
                board = member_board(tx, actor, board_id)
                tell_message(tx, board)
            return board_views(tx, [board])[0]

        return await self._database.write(store)

    async def preview(self, actor: Actor, board_id: str) -> bytes:
        """Return the small picture of a board (WebP); raises NotFound."""
        demand(actor, "conversations.read")
        board = await self._database.read(lambda tx: member_board(tx, actor, board_id))
        return await self._read(board.preview_hash)

    async def _draw(self, content: bytes, form: PictureForm, of: str) -> Picture:
        try:
            return await self._pictures.draw(content, form, of)
        except PictureTooLarge as error:
            raise Invalid("boards.picture_too_large", megabytes=form.most_bytes // 1_000_000) from error
        except NotAPicture as error:
            raise Invalid("boards.not_a_picture") from error

    async def _read(self, digest: str | None) -> bytes:
        content = await asyncio.to_thread(self._blobs.read, digest) if digest is not None else None
        if content is None:
            raise NotFound("boards.no_picture")
        return content


def _demand_room(tx: Transaction, board_id: str) -> None:
    count, size_bytes = board_files_size(tx, board_id)
    if count >= _MAX_FILES or size_bytes >= _MAX_FILES_BYTES:
        raise Invalid("boards.too_many_pictures", count=_MAX_FILES, megabytes=_MAX_FILES_BYTES // 1_000_000)
