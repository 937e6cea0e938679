"""The light client over ICE-TCP: one connection, frames of RFC 4571."""

from __future__ import annotations

import asyncio
import socket
import struct

from tests.rtc.light_client import LightClient


class TcpClient(LightClient):
    """One transport of a client whose network lets no UDP out.

    paused   nothing is read, as by somebody whose line is full
    """

    def __init__(self, *, keep: bool = True, buffer_bytes: int = 1 << 20) -> None:
        self._rest = b""
        self._buffer_bytes = buffer_bytes
        super().__init__(keep=keep)

    def _bind(self) -> socket.socket:
        sock = socket.socket(socket.AF_INET6 if ":" in self._here else socket.AF_INET)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._buffer_bytes)
        if self.remote[1] != 9:
            sock.connect(self.remote)
            sock.setblocking(False)
            asyncio.get_running_loop().add_reader(sock.fileno(), self._readable, sock)
        return sock

    def _reach(self, candidates: list[str]) -> None:
        words = next(line.split() for line in candidates if line.split()[2] == "tcp")
        assert words[-2:] == ["tcptype", "passive"]
        self.remote = (words[4], int(words[5]))
        self._here = words[4]
        self.move()

    def send_raw(self, data: bytes) -> None:
        """Send one datagram as it is, in its frame."""
        try:
            self.sock.send(struct.pack("!H", len(data)) + data)
        except (BlockingIOError, OSError):
            return

    def _readable(self, sock: socket.socket) -> None:
        try:
            data = sock.recv(65536)
        except (BlockingIOError, OSError):
            return
        if not data:
            asyncio.get_running_loop().remove_reader(sock.fileno())
            self.ended = True
            return
        data = self._rest + data
        while len(data) >= 2 and len(data) >= 2 + (length := struct.unpack_from("!H", data)[0]):
            self._take(data[2 : 2 + length])
            data = data[2 + length :]
        self._rest = data

    ended = False

    def pause(self) -> None:
        """Read nothing from now on."""
        asyncio.get_running_loop().remove_reader(self.sock.fileno())

    def resume(self) -> None:
        """Read again."""
        asyncio.get_running_loop().add_reader(self.sock.fileno(), self._readable, self.sock)
