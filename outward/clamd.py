"""Asking ClamAV's daemon about a file (clamd(8), INSTREAM): it is sent over, and the answer is one line."""

import asyncio
import select
import socket
from typing import BinaryIO

_PART_BYTES = 512 * 1024
_WITHIN_S = 300.0


class NoAnswer(Exception):
    """The daemon is away, or did not understand: the file is neither good nor bad."""


class Scanner:
    """One daemon.

    address   unix:/path/of/socket, or host:port
    """

    def __init__(self, address: str) -> None:
        self._address = address

    async def scan(self, source: BinaryIO) -> str | None:
        """Return what is wrong with a file, None when nothing is; "too large" for more than the daemon takes.

        raises   NoAnswer
        """
        try:
            return _verdict(await asyncio.to_thread(self._ask, source))
        except OSError as error:
            raise NoAnswer(str(error) or type(error).__name__) from error

    def _ask(self, source: BinaryIO) -> bytes:
        with self._connected() as line:
            line.settimeout(_WITHIN_S)
            line.sendall(b"zINSTREAM\0")
            # It answers early when it has had enough, and listens no more.
            while not _has_answer(line) and (part := source.read(_PART_BYTES)):
                if not _sent(line, len(part).to_bytes(4, "big") + part):
                    break
            else:
                _sent(line, bytes(4))
            answer = b""
            while not answer.endswith(b"\0") and (part := line.recv(4096)):
                answer += part
            return answer

    def _connected(self) -> socket.socket:
        if not self._address.startswith("unix:"):
            host, _, port = self._address.rpartition(":")
            return socket.create_connection((host.strip("[]"), int(port)), _WITHIN_S)
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            line.connect(self._address.removeprefix("unix:"))
        except OSError:
            line.close()
            raise
        return line


def _has_answer(line: socket.socket) -> bool:
    return bool(select.select([line], [], [], 0)[0])


def _sent(line: socket.socket, content: bytes) -> bool:
    try:
        line.sendall(content)
    except (BrokenPipeError, ConnectionResetError):
        return False
    return True


def _verdict(answer: bytes) -> str | None:
    """Read one answer.

    >>> _verdict(b"stream: OK\\0"), _verdict(b"stream: Win.Test.EICAR_HDB-1 FOUND\\0")
    (None, 'Win.Test.EICAR_HDB-1')
    """
    said = answer.rstrip(b"\0\n").decode(errors="replace")
    if said == "stream: OK":
        return None
    if said.endswith(" FOUND"):
        return said.removeprefix("stream: ").removesuffix(" FOUND")
    if "size limit exceeded" in said:
        return "too large"
    raise NoAnswer(said)
