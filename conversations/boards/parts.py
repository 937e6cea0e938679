"""The services of whiteboards, made together."""

from dataclasses import dataclass

from conversations.boards.boards import BoardService
from conversations.boards.changes import BoardChanges
from conversations.boards.pictures import BoardPictures
from conversations.boards.versions import BoardVersions
from core.ephemerals import Ephemerals
from files.pictures import Pictures
from storage.disk.blobs import Blobs
from storage.engine.database import Database


@dataclass(frozen=True, slots=True)
class Boards:
    """Whiteboards of conversations."""

    boards: BoardService
    changes: BoardChanges
    pictures: BoardPictures
    versions: BoardVersions


def make_boards(database: Database, blobs: Blobs, pictures: Pictures, ephemerals: Ephemerals) -> Boards:
    """Make them."""
    return Boards(
        boards=BoardService(database, ephemerals),
        changes=BoardChanges(database),
        pictures=BoardPictures(database, blobs, pictures),
        versions=BoardVersions(database, blobs),
    )
