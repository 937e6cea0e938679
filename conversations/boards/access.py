"""Who may see a whiteboard and who may draw on it: its conversation's members; to everybody else it does not exist."""

from accounts.rights import Actor
from core.errors import Forbidden, NotFound
from storage.conversations.boards import Board, find_board, lock_board
from storage.conversations.conversations import is_member
from storage.engine.database import Transaction


def not_found() -> NotFound:
    """The one answer for boards that do not exist, belong to others or to another organisation."""
    return NotFound("boards.not_found")


def member_board(tx: Transaction, actor: Actor, board_id: str, *, lock: bool = False) -> Board:
    """Return a board of a conversation the actor is in; locked, it stays as it is to the transaction's end.

    raises   NotFound
    """
    read = lock_board if lock else find_board
    board = read(tx, actor.organisation_id, board_id)
    if board is None or not is_member(tx, actor.organisation_id, board.conversation_id, actor.party_id):
        raise not_found()
    return board


def may_draw(board: Board, actor: Actor) -> bool:
    """Tell whether a member of the conversation may change what the board shows."""
    if "boards.draw" not in actor.rights:
        return False
    if actor.party_id == board.created_by or board.drawing == "everybody":
        return True
    return board.drawing == "staff" and actor.role != "customer"


def demand_drawing(board: Board, actor: Actor) -> None:
    """Refuse unless the actor, who is a member, may draw; raises Forbidden."""
    if not may_draw(board, actor):
        raise Forbidden("boards.read_only")
