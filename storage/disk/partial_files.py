"""Files that are still coming, on disk: one for each upload, appended to, its length the only truth of how much is here.

One writer at a time, whichever process it is in, by a lock on the file itself; it goes with the process that held it.
"""

import fcntl
import hashlib
import os
from pathlib import Path


class Busy(Exception):
    """Somebody else writes to it now."""


class PartialFile:
    """One file, opened for writing at its end. Close it when done."""

    def __init__(self, path: Path, flags: int) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | flags, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            raise Busy from error

    @property
    def size_bytes(self) -> int:
        """How much is here."""
        return os.fstat(self._descriptor).st_size

    def write(self, content: bytes | bytearray | memoryview) -> None:
        """Append content; raises OSError when the disk is full, and what fitted is here."""
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def sync(self) -> None:
        """Return when what was written survives a power cut."""
        os.fdatasync(self._descriptor)

    def close(self) -> None:
        """Let others write."""
        os.close(self._descriptor)


class PartialFiles:
    """The folder of all that are coming."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, upload_id: str) -> Path:
        """Return where an upload's bytes are, or will be."""
        return self._folder / upload_id

    def open(self, upload_id: str, make: bool) -> PartialFile:
        """Open for appending.

        make     one that is not there is made
        raises   Busy, FileNotFoundError
        """
        if make:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return PartialFile(self.path(upload_id), os.O_CREAT if make else 0)

    def size_bytes(self, upload_id: str) -> int | None:
        """Return how much of an upload is here; None when nothing ever came, or it was moved away."""
        try:
            return self.path(upload_id).stat().st_size
        except FileNotFoundError:
            return None

    def remove(self, upload_id: str) -> None:
        """Throw away what is here of an upload."""
        self.path(upload_id).unlink(missing_ok=True)

    def free_bytes(self) -> int:
        """Return how much the disk has left."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = os.statvfs(self._folder)
        return found.f_bavail * found.f_frsize

    def digest(self, upload_id: str) -> str:
        """Return the SHA-256 of what is here."""
        with self.path(upload_id).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
