"""The services of a conversation's files, made together."""

from collections.abc import Callable
from dataclasses import dataclass

from conversations.files.checks import CHECK_FILE, FileChecks
from conversations.files.files import FileService
from conversations.files.uploads import UploadService
from conversations.messages.outsiders import OutsideAccess
from core.buckets import TokenBuckets
from core.clock import Clock
from core.settings import Settings
from outward.clamd import Scanner
from storage.disk.blobs import Blobs
from storage.disk.partial_files import PartialFiles
from storage.engine.database import Database
from storage.unused_blobs import UnusedBlobs


@dataclass(frozen=True, slots=True)
class ConversationFiles:
    """Uploads, what becomes of them, and how they are looked at before anybody opens them."""

    uploads: UploadService
    checks: FileChecks
    files: FileService
    unused: UnusedBlobs


def make_files(
    settings: Settings,
    clock: Clock,
    database: Database,
    blobs: Blobs,
    posting: TokenBuckets,
    outsiders: OutsideAccess,
    wake: Callable[[str], None],
) -> ConversationFiles:
    """Make them. wake: looks for due jobs of a kind now."""
    uploads = UploadService(settings, database, clock, blobs, PartialFiles(settings.data_dir / "uploads"), outsiders)
    return ConversationFiles(
        uploads=uploads,
        checks=FileChecks(database, blobs, Scanner(settings.clamd) if settings.clamd else None),
        files=FileService(database, clock, blobs, uploads, posting, lambda: wake(CHECK_FILE), outsiders),
        unused=UnusedBlobs(database, blobs),
    )
