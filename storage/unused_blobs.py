"""Removing the bytes no row names any more, some time after the last one that did went."""

from typing import Any

from storage.blob_uses import is_used, lock_digest
from storage.disk.blobs import Blobs
from storage.engine.database import Database, Transaction
from storage.engine.jobs import add_job

UNUSED_BLOB = "blob:unused"
# Pictures of people and boards are put first and named a moment later.
KEPT_MS = 10 * 60_000


def remove_blob_later(tx: Transaction, digest: str) -> None:
    """Look at a blob again when whoever takes it into use now has had the time."""
    add_job(tx, UNUSED_BLOB, tx.now_ms + KEPT_MS, {"digest": digest}, key=digest)


class UnusedBlobs:
    """Removes them (a job)."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    async def run(self, payload: dict[str, Any]) -> None:
        """Remove one blob, unless a row names it or it was put there a moment ago."""
        digest = str(payload["digest"])

        def store(tx: Transaction) -> None:
            lock_digest(tx, digest)
            if is_used(tx, digest):
                return
            if not self._blobs.remove(digest, (tx.now_ms - KEPT_MS) / 1000):
                remove_blob_later(tx, digest)

        await self._database.write(store)
