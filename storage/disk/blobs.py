"""Files by the SHA-256 of their content, on disk, behind one small interface."""

import hashlib
import os
from pathlib import Path
from typing import BinaryIO, Protocol

from storage.disk.whole_files import write_whole

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

    def open(self, digest: str) -> BinaryIO:
        """Return the content of a hash, opened for reading; raises OSError when it is gone."""
        ...

    def adopt(self, path: Path, digest: str) -> None:
        """Move a file whose hash this is to where it belongs, whether the same content is there already or not."""
        ...

    def remove(self, digest: str, unused_since_s: float) -> bool:
        """Remove content nobody took into use since then (UTC seconds); tell whether it is gone."""
        ...

    def set_aside(self, digest: str) -> None:
        """Put content where nobody is given it, for the operator to look at."""
        ...


class DiskBlobs:
    """Blobs in a folder: ab/cd/abcd..., each written to a temporary name, synced, then renamed.

    aside   where content goes that nobody shall have, for the operator to look at
    """

    def __init__(self, folder: Path, aside: Path | None = None) -> None:
        self._folder = folder
        self._aside = aside or folder.with_name("quarantine")

    def put(self, content: bytes) -> str:
        """Keep content; the same content twice is stored once."""
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest)
        if path.exists():
            os.utime(path)
            return digest
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
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

    def open(self, digest: str) -> BinaryIO:
        """Return the content of a hash, opened for reading."""
        if not _is_digest(digest):
            raise FileNotFoundError(digest)
        return self._path(digest).open("rb")

    def adopt(self, path: Path, digest: str) -> None:
        """Move a synced file into place; an equal one there is replaced, so that nobody meets a moment without it."""
        target = self._path(digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.utime(path)
        path.replace(target)
        # Renaming one name of a file onto another one of the same file leaves both (rename(2)).
        path.unlink(missing_ok=True)

    def remove(self, digest: str, unused_since_s: float) -> bool:
        """Remove content whose file is older than that."""
        try:
            if self._path(digest).stat().st_mtime > unused_since_s:
                return False
            self._path(digest).unlink()
        except FileNotFoundError:
            pass
        return True

    def set_aside(self, digest: str) -> None:
        """Move content to the folder beside."""
        self._aside.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            self._path(digest).replace(self._aside / digest)
        except FileNotFoundError:
            pass

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest[2:4] / digest


def _is_digest(digest: str) -> bool:
    return len(digest) == 64 and _HASH_CHARACTERS.issuperset(digest)
