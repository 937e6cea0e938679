"""Versions of whiteboards: kept by themselves and under names, put back, and who drew what in between (BEY-031)."""

import asyncio
import gzip
import secrets

import orjson

from accounts.rights import Actor, demand
from conversations.boards import payloads as board_payloads
from conversations.boards.access import demand_drawing, member_board
from conversations.boards.changes import Applied, Submission, apply_changes
from conversations.boards.views import version_views
from core.errors import NotFound
from core.ids import new_id
from storage.audit import note
from storage.conversations.board_elements import authors_since, list_elements, texts_of
from storage.conversations.boards import (
    BoardVersion,
    add_board_version,
    find_board,
    find_board_version,
    list_board_versions,
    lock_board,
)
from storage.disk.blobs import Blobs
from storage.engine.database import Database, Transaction
from whiteboard.elements import Element, parse_element
from whiteboard.merge import plan_restore

KEEP_EVERY_MS = 600_000
_LISTED = 200


class BoardVersions:
    """Keeps and puts back what boards showed."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    async def page(self, actor: Actor, board_id: str) -> board_payloads.BoardVersions:
        """Return the versions of a board, newest first; raises NotFound."""
        demand(actor, "conversations.read")

        def load(tx: Transaction) -> board_payloads.BoardVersions:
            member_board(tx, actor, board_id)
            return board_payloads.BoardVersions(items=version_views(tx, list_board_versions(tx, board_id, _LISTED)))

        return await self._database.read(load)

    async def keep(self, actor: Actor, board_id: str, name: str) -> board_payloads.BoardVersion:
        """Keep what the board shows now under a name; raises NotFound, Forbidden."""
        demand(actor, "boards.draw")

        def look(tx: Transaction) -> None:
            demand_drawing(member_board(tx, actor, board_id), actor)

        await self._database.read(look)
        kept = await self._keep(actor.organisation_id, board_id, name, actor.party_id)
        assert kept is not None
        return await self._database.read(lambda tx: version_views(tx, [kept])[0])

    async def keep_unless_kept(self, organisation_id: str, board_id: str, *, every_ms: int = 0) -> bool:
        """Keep a version when something changed since the last one, and that is so long ago; tell whether it did."""

        def look(tx: Transaction) -> bool:
            board = find_board(tx, organisation_id, board_id)
            return (
                board is not None
                and board.revision > board.kept_revision
                and (tx.now_ms - board.kept_at_ms >= every_ms)
            )

        if not await self._database.read(look):
            return False
        return await self._keep(organisation_id, board_id, "", None) is not None

    async def scene(self, actor: Actor, board_id: str, version_id: str) -> str:
        """Return the elements of a version as JSON of a list; raises NotFound."""
        demand(actor, "conversations.read")

        def load(tx: Transaction) -> BoardVersion | None:
            member_board(tx, actor, board_id)
            return find_board_version(tx, board_id, version_id)

        version = await self._database.read(load)
        return (await self._content(version)).decode()

    async def restore(self, actor: Actor, board_id: str, version_id: str) -> Applied:
        """Make the board show what it showed; what it shows now is kept first, so nothing is lost by it.

        raises   NotFound, Forbidden
        """
        demand(actor, "boards.draw")

        def look(tx: Transaction) -> BoardVersion | None:
            demand_drawing(member_board(tx, actor, board_id), actor)
            return find_board_version(tx, board_id, version_id)

        version = await self._database.read(look)
        then = [parse_element(one) for one in orjson.loads(await self._content(version))]
        await self.keep_unless_kept(actor.organisation_id, board_id)

        def store(tx: Transaction) -> Applied:
            board = member_board(tx, actor, board_id, lock=True)
            now = {
                row.id: Element(row.id, row.version, row.nonce, row.deleted, row.text)
                for row in list_elements(tx, board_id)
            }
            changes = plan_restore(
                now, then, nonce=secrets.randbelow(1 << 31), collected_version=board.collected_version
            )
            note(tx, actor.organisation_id, actor.party_id, "board.restored", "board", board_id, version=version_id)
            return apply_changes(tx, actor.organisation_id, board_id, [Submission(actor, board.revision, changes)])

        applied = await self._database.write(store)
        for verdict in applied.verdicts:
            if verdict.refusal is not None:
                raise verdict.refusal
        return applied

    async def _keep(self, organisation_id: str, board_id: str, name: str, party_id: str | None) -> BoardVersion | None:
        def load(tx: Transaction) -> tuple[int, list[str]] | None:
            board = find_board(tx, organisation_id, board_id)
            return (board.revision, texts_of(tx, board_id)) if board is not None else None

        found = await self._database.read(load)
        if found is None:
            return None
        revision, texts = found
        loop = asyncio.get_running_loop()
        digest = await loop.run_in_executor(None, self._put, texts)

        def store(tx: Transaction) -> BoardVersion | None:
            board = lock_board(tx, organisation_id, board_id)
            if board is None or (party_id is None and board.kept_revision >= revision):
                return None
            version = BoardVersion(
                id=new_id(),
                organisation_id=organisation_id,
                board_id=board_id,
                revision=revision,
                name=name,
                digest=digest,
                elements=len(texts),
                authors=authors_since(tx, board_id, board.kept_revision),
                created_by=party_id,
                created_at_ms=tx.now_ms,
            )
            add_board_version(tx, version)
            return version

        return await self._database.write(store)

    def _put(self, texts: list[str]) -> str:
        return self._blobs.put(gzip.compress(f"[{','.join(texts)}]".encode(), 6, mtime=0))

    async def _content(self, version: BoardVersion | None) -> bytes:
        content = None
        if version is not None:
            content = await asyncio.get_running_loop().run_in_executor(None, self._blobs.read, version.digest)
        if content is None:
            raise NotFound("boards.version_not_found")
        return gzip.decompress(content)
