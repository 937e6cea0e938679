"""Pictures of whiteboards: those on them, and the small one that shows a board in its conversation.

Every picture is decoded and encoded anew, so that nothing else comes with it. The small one is exported by the page of
whoever drew last, not drawn here: it is then exactly what people see, with its fonts, hands' lines and pictures,
and no second renderer has to keep step with the page's library.
"""

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from PIL import Image, ImageOps

from accounts.rights import Actor, demand
from conversations.boards import payloads as board_payloads
from conversations.boards.access import demand_drawing, member_board
from conversations.boards.views import board_views, picture_view, tell_message
from core.errors import Conflict, Invalid, NotFound
from storage.conversations.boards import BoardFile, add_board_file, board_files_size, change_board, find_board_file
from storage.disk.blobs import Blobs
from storage.engine.database import Clash, Database, Transaction
from storage.unused_blobs import remove_blob_later
from whiteboard.elements import is_id

MAX_PICTURE_BYTES = 10_000_000
MAX_PREVIEW_BYTES = 2_000_000
PREVIEW_PX = 640
_MAX_PIXELS = 50_000_000
_MAX_SIDE_PX = 4096
_MAX_FILES = 300
_MAX_FILES_BYTES = 200_000_000
_KINDS = ("PNG", "JPEG", "WEBP", "GIF")


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

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs
        # One at a time: a large picture takes a few hundred megabytes while it is open.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="board-pictures")

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
        loop = asyncio.get_running_loop()
        picture, kind = await loop.run_in_executor(self._thread, encode_picture, content)
        digest = await loop.run_in_executor(None, self._blobs.put, picture)

        def store(tx: Transaction) -> BoardFile:
            board = member_board(tx, actor, board_id, lock=True)
            demand_drawing(board, actor)
            _demand_room(tx, board_id)
            file = BoardFile(
                board_id, file_id, actor.organisation_id, digest, kind, len(picture), actor.party_id, tx.now_ms
            )
            add_board_file(tx, file)
            return file

        try:
            return picture_view(await self._database.write(store))
        except Clash:
            found = await self._database.read(look)
            if found is None:
                raise Conflict("core.changed_meanwhile") from None
            return picture_view(found)

    async def take_frame(self, content: bytes) -> Frame:
        """Keep a picture that a board is to begin with, and the small one of it, as blobs; raises Invalid."""
        loop = asyncio.get_running_loop()
        picture, kind = await loop.run_in_executor(self._thread, encode_picture, content)
        small, width, height = await loop.run_in_executor(self._thread, _shrink, picture)
        digest = await loop.run_in_executor(None, self._blobs.put, picture)
        preview_hash = await loop.run_in_executor(None, self._blobs.put, small)
        return Frame(digest, kind, len(picture), width, height, preview_hash)

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
        loop = asyncio.get_running_loop()
        picture = await loop.run_in_executor(self._thread, encode_preview, content)
        digest = await loop.run_in_executor(None, self._blobs.put, picture)

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

    async def _read(self, digest: str | None) -> bytes:
        content = None
        if digest is not None:
            content = await asyncio.get_running_loop().run_in_executor(None, self._blobs.read, digest)
        if content is None:
            raise NotFound("boards.no_picture")
        return content


def encode_picture(content: bytes) -> tuple[bytes, str]:
    """Return a picture for a board, upright, without metadata, at most 4096 pixels wide and high, and its kind.

    raises   Invalid
    """
    if len(content) > MAX_PICTURE_BYTES:
        raise Invalid("boards.picture_too_large", megabytes=MAX_PICTURE_BYTES // 1_000_000)
    try:
        with Image.open(io.BytesIO(content), formats=_KINDS) as picture:
            if picture.width * picture.height > _MAX_PIXELS:
                raise Invalid("boards.picture_too_large", megabytes=MAX_PICTURE_BYTES // 1_000_000)
            opaque = picture.format == "JPEG"
            upright = ImageOps.exif_transpose(picture)
            bare = _bare(upright, "RGB" if opaque else "RGBA")
    except Invalid:
        raise
    except Exception as error:  # whatever Pillow stumbles over, it is no picture to us
        raise Invalid("boards.not_a_picture") from error
    bare.thumbnail((_MAX_SIDE_PX, _MAX_SIDE_PX))
    target = io.BytesIO()
    if opaque:
        bare.save(target, "JPEG", quality=88)
        return target.getvalue(), "image/jpeg"
    bare.save(target, "PNG")
    return target.getvalue(), "image/png"


def encode_preview(content: bytes) -> bytes:
    """Return a WebP picture of at most PREVIEW_PX wide and high; raises Invalid."""
    if len(content) > MAX_PREVIEW_BYTES:
        raise Invalid("boards.picture_too_large", megabytes=MAX_PREVIEW_BYTES // 1_000_000)
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "WEBP")) as picture:
            if picture.width * picture.height > _MAX_PIXELS // 5:
                raise Invalid("boards.picture_too_large", megabytes=MAX_PREVIEW_BYTES // 1_000_000)
            bare = _bare(picture, "RGBA")
    except Invalid:
        raise
    except Exception as error:
        raise Invalid("boards.not_a_picture") from error
    bare.thumbnail((PREVIEW_PX, PREVIEW_PX))
    target = io.BytesIO()
    bare.save(target, "WEBP", quality=80)
    return target.getvalue()


def _shrink(content: bytes) -> tuple[bytes, int, int]:
    """Return a picture of ours as a small one, and how wide and high it was."""
    with Image.open(io.BytesIO(content), formats=_KINDS) as picture:
        width, height = picture.size
        picture.thumbnail((PREVIEW_PX, PREVIEW_PX))
        target = io.BytesIO()
        picture.save(target, "WEBP", quality=80)
        return target.getvalue(), width, height


def _bare(picture: Image.Image, mode: str) -> Image.Image:
    bare = Image.new(mode, picture.size)
    bare.paste(picture.convert(mode))
    return bare


def _demand_room(tx: Transaction, board_id: str) -> None:
    count, size_bytes = board_files_size(tx, board_id)
    if count >= _MAX_FILES or size_bytes >= _MAX_FILES_BYTES:
        raise Invalid("boards.too_many_pictures", count=_MAX_FILES, megabytes=_MAX_FILES_BYTES // 1_000_000)
