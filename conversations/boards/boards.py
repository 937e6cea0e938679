"""Whiteboards of conversations: made by a message in the histories, listed, named, read."""

from accounts.rights import Actor, demand
from conversations.boards import payloads as board_payloads
from conversations.boards.access import demand_drawing, member_board
from conversations.boards.views import board_views, message_body, tell_message
from conversations.messages.access import demand_member
from conversations.messages.access import not_found as no_conversation
from conversations.messages.posting import author_of, post
from core.ephemerals import Ephemerals
from core.errors import Conflict, Forbidden
from core.ids import new_id
from storage.audit import note
from storage.conversations.board_elements import texts_of
from storage.conversations.boards import Board, add_board, board_of_message, change_board, list_boards
from storage.conversations.messages import find_sent
from storage.engine.database import Clash, Database, Transaction
from storage.engine.paging import page_of


def board_scope(board_id: str) -> str:
    """Everybody who has the board open."""
    return f"board:{board_id}"


class BoardService:
    """What people do with boards, apart from drawing."""

    def __init__(self, database: Database, ephemerals: Ephemerals) -> None:
        self._database = database
        self._ephemerals = ephemerals

    async def create(
        self, actor: Actor, conversation_id: str, body: board_payloads.NewBoardBody
    ) -> tuple[board_payloads.Board, bool]:
        """Make a board; return it, and whether it is new: the same client_id again makes nothing (CONF-012, CONF-013).

        raises   NotFound  no such conversation of the actor's
        emits    message:posted
        """
        demand(actor, "boards.draw")
        try:
            return await self._database.write(lambda tx: _create(tx, actor, conversation_id, body)), True
        except Clash:
            return await self._database.read(lambda tx: made_board(tx, actor, conversation_id, body.client_id)), False

    async def list(
        self, actor: Actor, conversation_id: str, *, cursor: str | None = None, limit: int = 50
    ) -> board_payloads.Boards:
        """Return a conversation's boards, newest first (CONF-018)."""
        demand(actor, "conversations.read")

        def load(tx: Transaction) -> board_payloads.Boards:
            demand_member(tx, actor, conversation_id)
            rows, last = page_of(lambda count: list_boards(tx, conversation_id, before=cursor, limit=count), limit)
            return board_payloads.Boards(items=board_views(tx, rows), next=last.id if last else None)

        return await self._database.read(load)

    async def get(self, actor: Actor, board_id: str) -> board_payloads.Board:
        """Return a board; raises NotFound."""
        demand(actor, "conversations.read")
        return await self._database.read(lambda tx: board_views(tx, [member_board(tx, actor, board_id)])[0])

    async def change(self, actor: Actor, board_id: str, body: board_payloads.BoardBody) -> board_payloads.Board:
        """Change the title, or who may draw: its author and the conversation's staff say that.

        raises   NotFound, Forbidden; Conflict  changed meanwhile
        emits    message:edited; board:updated to whoever has it open
        """
        demand(actor, "boards.draw")

        def store(tx: Transaction) -> board_payloads.Board:
            board = member_board(tx, actor, board_id, lock=True)
            demand_drawing(board, actor)
            if body.version != board.version:
                raise Conflict("core.changed_meanwhile")
            values = body.model_dump(exclude={"version"}, exclude_none=True)
            if "drawing" in values and actor.party_id != board.created_by and actor.role == "customer":
                raise Forbidden("boards.not_yours")
            change_board(tx, board_id, version=board.version + 1, **values)
            changed = member_board(tx, actor, board_id)
            if changed.title != board.title:
                tell_message(tx, changed)
            note(tx, actor.organisation_id, actor.party_id, "board.changed", "board", board_id, **values)
            return board_views(tx, [changed])[0]

        view = await self._database.write(store)
        payload = f'{{"board":{view.model_dump_json()}}}'
        self._ephemerals.send([board_scope(board_id)], "board:updated", payload)
        return view

    async def scene(self, actor: Actor, board_id: str, since: int = 0) -> str:
        """Return the elements as JSON of a board_payloads.BoardScene: all living ones, or what changed since a revision.

        since   0, or before the oldest tombstone that is kept: all
        raises  NotFound
        """
        demand(actor, "conversations.read")

        def load(tx: Transaction) -> tuple[int, bool, list[str]]:
            board = member_board(tx, actor, board_id)
            complete = since <= 0 or since < board.horizon or since > board.revision
            return board.revision, complete, texts_of(tx, board_id, after=0 if complete else since)

        revision, complete, texts = await self._database.read(load)
        return scene_json(revision, complete, texts)


def scene_json(revision: int, complete: bool, texts: list[str]) -> str:
    """Put a scene together from elements that are JSON already."""
    return f'{{"revision":{revision},"complete":{"true" if complete else "false"},"elements":[{",".join(texts)}]}}'


def make_board(
    tx: Transaction, actor: Actor, conversation_id: str, client_id: str, title: str, preview_hash: str | None = None
) -> Board:
    """Make a board, with the message that shows it.

    preview_hash   of its small picture, when what its first revision shows is known
    raises         NotFound  no such conversation of the actor's; Clash  the client_id made something already
    emits          message:posted
    """
    board = Board(
        id=new_id(),
        organisation_id=actor.organisation_id,
        conversation_id=conversation_id,
        message_id=new_id(),
        title=title,
        drawing="everybody",
        created_by=actor.party_id,
        created_at_ms=tx.now_ms,
        changed_by=actor.party_id,
        changed_at_ms=tx.now_ms,
        revision=0,
        horizon=0,
        collected_version=0,
        elements=0,
        rows=0,
        size_chars=0,
        preview_hash=preview_hash,
        preview_revision=0 if preview_hash is None else 1,
        kept_revision=0,
        kept_at_ms=tx.now_ms,
        version=1,
    )
    posted = post(
        tx, actor.organisation_id, conversation_id, author_of(actor), "board",
        member=True, message_id=board.message_id, client_id=client_id, text=title, body=message_body(board),
    )  # fmt: skip
    if posted is None:
        raise no_conversation()
    add_board(tx, board)
    return board


def _create(
    tx: Transaction, actor: Actor, conversation_id: str, body: board_payloads.NewBoardBody
) -> board_payloads.Board:
    return board_views(tx, [make_board(tx, actor, conversation_id, body.client_id, body.title)])[0]


def made_board(tx: Transaction, actor: Actor, conversation_id: str, client_id: str) -> board_payloads.Board:
    """Return the board that a client_id of the actor's made before; raises NotFound, Conflict."""
    demand_member(tx, actor, conversation_id)
    message = find_sent(tx, conversation_id, actor.party_id, client_id)
    board = board_of_message(tx, message.id) if message is not None else None
    if board is None:
        raise Conflict("core.changed_meanwhile")
    return board_views(tx, [board])[0]
