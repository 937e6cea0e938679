"""Whiteboards that people have open through this process: batches of changes, cursors, and who is there.

How it works: changes of all clients of a board wait 30 ms and are one transaction (conversations.boards.changes); each
client is answered after the commit. What was stored is told to every process, and each hands revisions on to its own
clients in order: one that does not follow the last makes it read the store, and it looks there each second anyway, so
a lost message between processes costs a second, never a change. Nothing of a scene is kept in memory. Cursors are
gathered for 50 ms and told once; who is behind gets none.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from accounts.lost_rights import Ender, Lost
from accounts.views import avatar_url
from conversations.boards import live_payloads as payloads
from conversations.boards.access import may_draw, member_board, not_found
from conversations.boards.boards import board_scope
from conversations.boards.changes import Applied, BoardChanges, Submission, Verdict
from conversations.boards.versions import KEEP_EVERY_MS, BoardVersions
from conversations.boards.views import board_views
from core.ephemerals import conversation_scope
from core.errors import Conflict, Invalid
from core.ids import new_id
from core.payloads import View
from core.supervise import Supervisor
from signaling.connections import BoardPlace, Connection, Connections
from signaling.relay import Relay
from storage.conversations.board_elements import texts_of
from storage.conversations.boards import find_board, revisions_of
from storage.engine.database import Database, Transaction, unavailable
from whiteboard.elements import BadElement, Element, is_id, parse_element

log = logging.getLogger("centrala.boards")

BATCH_S = 0.03
CURSORS_S = 0.05
_PRESENT_S = 0.1
_LOOK_S = 1.0
_PRESENT_EVERY = 5
_KEEP_EVERY = 60
_COLLECT_EVERY = 600
_BATCH_CHARS = 600_000
# More than this goes to nobody as one event: whoever has the board open asks for it.
_EVENT_CHARS = 300_000
_SLOW_BYTES = 64 * 1024
_KEEP_AT_CLOSE_MS = 60_000


@dataclass(eq=False, slots=True)
class _Waiting:
    """Changes of one client that are not stored yet."""

    sid: str
    submission: Submission
    answer: "asyncio.Future[tuple[int, bool, Verdict]]"

    @property
    def size_chars(self) -> int:
        return sum(one.size_chars for one in self.submission.elements)


@dataclass(eq=False, slots=True)
class _Room:
    """A board that somebody has open here. `seen`: the revision told last."""

    board_id: str
    organisation_id: str
    seen: int
    waiting: deque[_Waiting] = field(default_factory=deque)
    cursors: dict[str, str] = field(default_factory=dict)
    flushing: bool = False
    catching_up: bool = False
    present_due: bool = False


class BoardHub:
    """What connections do with boards."""

    def __init__(
        self,
        database: Database,
        changes: BoardChanges,
        versions: BoardVersions,
        connections: Connections,
        relay: Relay,
        supervisor: Supervisor,
    ) -> None:
        self._database = database
        self._changes = changes
        self._versions = versions
        self._connections = connections
        self._relay = relay
        self._supervisor = supervisor
        self._rooms: dict[str, _Room] = {}
        relay.on("relay:board_changed", self._changed)
        relay.on("relay:board_cursors", self._pointed)
        relay.on("relay:board_hello", self._hello)

    # -- commands -----------------------------------------------------------------------------------

    async def open(self, connection: Connection, body: payloads.OpenBoard) -> View:
        """Enter a board: from now on its events come; the scene is asked for by REST."""
        actor = connection.actor

        def load(tx: Transaction) -> tuple[Any, Any]:
            board = member_board(tx, actor, body.board_id)
            return board, board_views(tx, [board])[0]

        board, view = await self._database.read(load)
        if conversation_scope(board.conversation_id) not in connection.rooms:
            # Put out while it was read.
            raise not_found()
        room = self._rooms.get(board.id)
        if room is None:
            room = self._rooms[board.id] = _Room(board.id, board.organisation_id, board.revision)
        place = connection.boards.get(board.id)
        if place is None:
            place = connection.boards[board.id] = BoardPlace(board.id, board.conversation_id, new_id())
        self._connections.enter(connection, board_scope(board.id))
        if self._connections.get(connection.sid) is None:
            self.gone(connection)
        self._relay.tell_processes("relay:board_hello", {"board_id": board.id})
        return payloads.BoardOpened.model_construct(
            board=view, key=place.key, revision=room.seen, draws=may_draw(board, actor)
        )

    async def change(self, connection: Connection, body: payloads.ChangeBoard) -> View:
        """Store changes of elements; the answer comes after the commit.

        raises   Conflict  the board is not open here; NotFound, Forbidden; Invalid  an element without an id
        """
        room = self._room(connection, body.board_id)
        elements: list[Element] = []
        wrong: dict[str, str] = {}
        for raw in body.elements:
            try:
                elements.append(parse_element(raw))
            except BadElement as bad:
                if not is_id(raw.get("id")):
                    raise Invalid(bad.code) from None
                wrong[raw["id"]] = bad.code
        submission = Submission(connection.actor, body.revision, elements, wrong)
        waiting = _Waiting(connection.sid, submission, asyncio.get_running_loop().create_future())
        room.waiting.append(waiting)
        if not room.flushing:
            room.flushing = True
            self._supervisor.start("board changes", self._flush(room))
        revision, alone, verdict = await waiting.answer
        return payloads.BoardStored.model_construct(
            revision=revision,
            alone=alone,
            refused=verdict.refused,
            current=[orjson.loads(one) for one in verdict.current],
        )

    async def point(self, connection: Connection, body: payloads.PointOnBoard) -> None:
        """Tell the others where somebody points; the last of each is enough."""
        room = self._room(connection, body.board_id)
        shown = {
            "key": connection.boards[body.board_id].key,
            "person_id": connection.person_id,
            **body.model_dump(exclude={"board_id"}),
        }
        if not room.cursors:
            asyncio.get_running_loop().call_later(CURSORS_S, self._tell_cursors, room)
        room.cursors[connection.sid] = orjson.dumps(shown).decode()

    async def close(self, connection: Connection, body: payloads.BoardReference) -> None:
        """Leave a board; doing so twice is as good as once."""
        self._leave(connection, body.board_id)

    # -- who goes -----------------------------------------------------------------------------------

    def gone(self, connection: Connection) -> None:
        """A tab is gone or says so."""
        for board_id in tuple(connection.boards):
            self._leave(connection, board_id)

    @property
    def enders(self) -> tuple[Ender, ...]:
        """What takes tabs out of boards."""
        return (Ender("boards", frozenset({"membership"}), self._removed),)

    def _removed(self, lost: Lost) -> None:
        """Somebody is in a conversation no more: their tabs leave its boards."""
        for connection in self._connections.in_room(f"party:{lost.party_id}"):
            for place in tuple(connection.boards.values()):
                if place.conversation_id == lost.conversation_id:
                    self._leave(connection, place.board_id)
                    closed = payloads.BoardClosed(board_id=place.board_id)
                    self._connections.send_one(connection, "board:closed", closed.model_dump_json())

    def _leave(self, connection: Connection, board_id: str) -> None:
        if connection.boards.pop(board_id, None) is None:
            return
        self._connections.leave(connection, board_scope(board_id))
        room = self._rooms.get(board_id)
        if room is None:
            return
        room.cursors.pop(connection.sid, None)
        if self._connections.in_room(board_scope(board_id)):
            self._tell_present_soon(room)
            return
        del self._rooms[board_id]
        self._tell_present(room)
        self._supervisor.start("version of a board", self._keep(room, _KEEP_AT_CLOSE_MS))

    def _room(self, connection: Connection, board_id: str) -> _Room:
        room = self._rooms.get(board_id)
        if room is None or board_id not in connection.boards:
            raise Conflict("boards.not_open")
        return room

    # -- changes ------------------------------------------------------------------------------------

    async def _flush(self, room: _Room) -> None:
        try:
            while room.waiting:
                await asyncio.sleep(BATCH_S)
                await self._store(room, _take(room.waiting))
        finally:
            room.flushing = False
            for one in room.waiting:
                one.answer.cancel()

    async def _store(self, room: _Room, batch: list[_Waiting]) -> None:
        try:
            applied = await self._changes.apply(room.organisation_id, room.board_id, [one.submission for one in batch])
        except asyncio.CancelledError:
            for one in batch:
                one.answer.cancel()
            raise
        except Exception as error:
            # Each client hears of it in its own ack.
            for one in batch:
                _answer(one, error)
            return
        sids = {one.sid for one in batch}
        alone = len(sids) == 1 and bool(applied.texts)
        self.tell(room.board_id, applied, but=sids.pop() if alone else "")
        for one, verdict in zip(batch, applied.verdicts, strict=True):
            _answer(one, verdict.refusal or (applied.revision, alone, verdict))

    def tell(self, board_id: str, applied: Applied, but: str = "") -> None:
        """Tell every process what was stored.

        but   the socket that knows it already
        """
        if not applied.texts:
            return
        whole = sum(map(len, applied.texts)) <= _EVENT_CHARS
        elements = f"[{','.join(applied.texts)}]" if whole else "null"
        message = {"board_id": board_id, "revision": applied.revision, "elements": elements, "but": but}
        self._relay.tell_processes("relay:board_changed", message)

    def _changed(self, message: Mapping[str, Any]) -> None:
        room = self._rooms.get(message["board_id"])
        if room is None or message["revision"] <= room.seen:
            return
        if message["revision"] > room.seen + 1:
            self._catch_up_soon(room)
            return
        self._send(room, message["revision"], message["elements"], message["but"])

    def _send(self, room: _Room, revision: int, elements: str, but: str = "") -> None:
        before, room.seen = room.seen, revision
        payload = f'{{"board_id":"{room.board_id}","before":{before},"revision":{revision},"elements":{elements}}}'
        self._connections.send(
            [board_scope(room.board_id)], "board:changed", payload, but=(lambda one: one.sid == but) if but else None
        )

    def _catch_up_soon(self, room: _Room) -> None:
        if not room.catching_up:
            room.catching_up = True
            self._supervisor.start("catching up with a board", self._catch_up(room))

    async def _catch_up(self, room: _Room) -> None:
        def load(tx: Transaction) -> tuple[int, list[str]] | None:
            board = find_board(tx, room.organisation_id, room.board_id)
            if board is None or board.revision <= room.seen:
                return None
            return board.revision, texts_of(tx, room.board_id, after=room.seen) if room.seen else []

        try:
            since = room.seen
            found = await self._database.read(load)
        finally:
            room.catching_up = False
        if found is None or found[0] <= room.seen:
            return
        revision, texts = found
        whole = since == room.seen and since > 0 and sum(map(len, texts)) <= _EVENT_CHARS
        self._send(room, revision, f"[{','.join(texts)}]" if whole else "null")

    # -- cursors and people -------------------------------------------------------------------------

    def _tell_cursors(self, room: _Room) -> None:
        cursors, room.cursors = room.cursors, {}
        if cursors:
            message = {"board_id": room.board_id, "cursors": f"[{','.join(cursors.values())}]"}
            self._relay.tell_processes("relay:board_cursors", message)

    def _pointed(self, message: Mapping[str, Any]) -> None:
        board_id = message["board_id"]
        payload = f'{{"board_id":"{board_id}","cursors":{message["cursors"]}}}'
        self._connections.send(
            [board_scope(board_id)], "board:cursors", payload, but=lambda one: one.socket.unsent_bytes > _SLOW_BYTES
        )

    def _hello(self, message: Mapping[str, Any]) -> None:
        room = self._rooms.get(message["board_id"])
        if room is not None:
            self._tell_present_soon(room)

    def _tell_present_soon(self, room: _Room) -> None:
        if not room.present_due:
            room.present_due = True
            asyncio.get_running_loop().call_later(_PRESENT_S, self._tell_present, room)

    def _tell_present(self, room: _Room) -> None:
        room.present_due = False
        people = [
            payloads.BoardPerson(
                key=connection.boards[room.board_id].key,
                person_id=connection.person_id,
                name=connection.actor.name,
                avatar_url=avatar_url(connection.person_id, connection.actor.avatar_hash),
            )
            for connection in self._connections.in_room(board_scope(room.board_id))
            if room.board_id in connection.boards
        ]
        present = payloads.BoardPresent(
            board_id=room.board_id, node=self._relay.node_id, revision=room.seen, people=people
        )
        self._relay.send([board_scope(room.board_id)], "board:present", present.model_dump_json())

    # -- upkeep -------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Look after open boards for as long as the process lives."""
        turn = 0
        while True:
            await asyncio.sleep(_LOOK_S)
            turn += 1
            try:
                await self._look(turn)
            except Exception as error:
                if not unavailable(error):
                    raise
                log.warning("boards cannot be read: %s", error)

    async def _look(self, turn: int) -> None:
        if turn % _COLLECT_EVERY == 0:
            collected = await self._changes.collect()
            if collected:
                log.info("%d deleted elements of boards are forgotten", collected)
        rooms = list(self._rooms.values())
        if not rooms:
            return
        now = await self._database.read(lambda tx: revisions_of(tx, [one.board_id for one in rooms]))
        for room in rooms:
            if now.get(room.board_id, 0) > room.seen and not room.flushing:
                await self._catch_up(room)
            if turn % _PRESENT_EVERY == 0:
                self._tell_present_soon(room)
            if turn % _KEEP_EVERY == 0:
                await self._keep(room, KEEP_EVERY_MS)

    async def _keep(self, room: _Room, every_ms: int) -> None:
        await self._versions.keep_unless_kept(room.organisation_id, room.board_id, every_ms=every_ms)


def _take(waiting: deque[_Waiting]) -> list[_Waiting]:
    """Take what fits into one transaction, at least one."""
    batch = [waiting.popleft()]
    size_chars = batch[0].size_chars
    while waiting and size_chars + waiting[0].size_chars <= _BATCH_CHARS:
        batch.append(waiting.popleft())
        size_chars += batch[-1].size_chars
    return batch


def _answer(waiting: _Waiting, answer: BaseException | tuple[int, bool, Verdict]) -> None:
    # Whoever asked may be gone.
    if waiting.answer.done():
        return
    if isinstance(answer, BaseException):
        waiting.answer.set_exception(answer)
    else:
        waiting.answer.set_result(answer)
