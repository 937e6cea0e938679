"""A UDP relay: a NAT with a port of its own between clients and the engine."""

from __future__ import annotations

import asyncio
import socket


class Relay:
    """One port that passes datagrams to another address and back, each client over a port of its own."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.front = self._open()
        self.port: int = self.front.getsockname()[1]
        self._backs: dict[tuple[str, int], socket.socket] = {}
        asyncio.get_running_loop().add_reader(self.front.fileno(), self._forth)

    def _open(self) -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.bind(("127.0.0.1", 0))
        return sock

    def _forth(self) -> None:
        data, client = self.front.recvfrom(2048)
        back = self._backs.get(client)
        if back is None:
            back = self._backs[client] = self._open()
            asyncio.get_running_loop().add_reader(back.fileno(), self._back, back, client)
        back.sendto(data, self.target)

    def _back(self, back: socket.socket, client: tuple[str, int]) -> None:
        self.front.sendto(back.recv(2048), client)

    def rebind(self) -> None:
        """Give every client another port towards the server, as a NAT that forgot it does."""
        for back in self._backs.values():
            asyncio.get_running_loop().remove_reader(back.fileno())
            back.close()
        self._backs.clear()

    def close(self) -> None:
        """Stop passing anything."""
        for sock in (self.front, *self._backs.values()):
            asyncio.get_running_loop().remove_reader(sock.fileno())
            sock.close()
