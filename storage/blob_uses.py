"""Which rows name which blob: one that no row names any more may go.

How it works: whoever takes a blob into use stores the row that names it first, under the digest's lock, and puts the
bytes into place afterwards. Whoever removes a blob looks at all rows and removes the bytes under the same lock. So
either the row is seen and the bytes stay, or the bytes are put into place after they were removed. SQLite's one
writer is that lock.
"""

from sqlalchemy import Column, select, text

from storage.accounts.people import parties
from storage.calls.given_frames import given_frames
from storage.calls.sounds import sounds
from storage.conversations.boards import board_files, board_versions, boards
from storage.conversations.files import files
from storage.conversations.link_cards import link_cards
from storage.conversations.uploads import uploads
from storage.desk.companies import companies
from storage.engine.database import Transaction

# Every column that names a blob; a test finds one that is missing here.
BLOB_COLUMNS: tuple[Column[str], ...] = (
    parties.c.avatar_hash,
    uploads.c.digest,
    files.c.digest,
    files.c.preview_digest,
    boards.c.preview_hash,
    board_files.c.digest,
    board_versions.c.digest,
    given_frames.c.digest,
    given_frames.c.preview_hash,
    sounds.c.digest,
    link_cards.c.picture_digest,
    companies.c.logo_hash,
)
_LOCK = text("SELECT pg_advisory_xact_lock(:key)")


def lock_digest(tx: Transaction, digest: str) -> None:
    """Let nobody else take or remove this blob until the transaction ends."""
    if tx.postgres:
        tx.run(_LOCK, {"key": int(digest[:15], 16)})


def is_used(tx: Transaction, digest: str) -> bool:
    """Tell whether any row names a blob."""
    return any(tx.first(select(column).where(column == digest).limit(1)) is not None for column in BLOB_COLUMNS)
