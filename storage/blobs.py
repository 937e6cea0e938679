"""Files by the SHA-256 of their content, on disk, behind one small interface."""

import hashlib
import os
from pathlib import Path
from typing import Protocol

_HASH_CHARACTERS = frozenset("0123456789abcdef")


class Blobs(Protocol):
    """Where the bytes of files are."""

    def put(self, content: bytes) -> str:
        """Keep content; return its hash (64 hex digits)."""
        ...

    def read(self, digest: str) -> bytes | None:
        """Return the content of a hash, or None."""
        ...

    def size_bytes(self, digest: str) -> int | None:
        """Return how long the content of a hash is, or None."""
        ...

    def read_part(self, digest: str, start: int, length: int) -> bytes:
        """Return a part of the content of a hash, shorter at its end; raises OSError when it is gone."""
        ...


class DiskBlobs:
    """Blobs in a folder: ab/cd/abcd..., each written to a temporary name, synced, then renamed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Keep content; the same content twice is stored once."""
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest)
        if path.exists():
            return digest
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{digest}.{os.urandom(8).hex()}")
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        return digest

    def read(self, digest: str) -> bytes | None:
        """Return the content of a hash, or None when it is not here."""
        if not _is_digest(digest):
            return None
        try:
            return self._path(digest).read_bytes()
        except FileNotFoundError:
            return None

    def size_bytes(self, digest: str) -> int | None:
        """Return how long the content of a hash is, or None when it is not here."""
        if not _is_digest(digest):
            return None
        try:
            return self._path(digest).stat().st_size
        except FileNotFoundError:
            return None

    def read_part(self, digest: str, start: int, length: int) -> bytes:
        """Return at most `length` bytes from `start` on."""
        if not _is_digest(digest):
            raise FileNotFoundError(digest)
        with self._path(digest).open("rb") as file:
            file.seek(start)
            return file.read(length)

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest[2:4] / digest


def _is_digest(digest: str) -> bool:
    return len(digest) == 64 and _HASH_CHARACTERS.issuperset(digest)
