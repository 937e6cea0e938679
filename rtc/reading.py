"""Reading: datagrams from the UDP port in bursts, each in a reused buffer."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Protocol

from rtc.addresses import Address
from rtc.srtp import Scratch

BURST_DATAGRAMS = 128

Handle = Callable[[Scratch, int, Address], None]


class Reader(Protocol):
    """What the port needs of the receiving side."""

    def read_burst(self, handle: Handle) -> tuple[int, int]:
        """Call handle(buffer, length, source) for the datagrams that wait, BURST_DATAGRAMS at most.

        returns   how many came, how many reads failed
        """
        ...


class ReadEach:
    """Portable: one recvfrom per datagram."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._scratch = Scratch()

    def read_burst(self, handle: Handle) -> tuple[int, int]:
        """Call handle(buffer, length, source) for the datagrams that wait, BURST_DATAGRAMS at most."""
        receive, scratch, view = self._sock.recvfrom_into, self._scratch, self._scratch.view
        count = failed = 0
        for _ in range(BURST_DATAGRAMS):
            try:
                length, address = receive(view)
            except BlockingIOError:
                break
            except OSError:
                failed += 1
                continue
            count += 1
            handle(scratch, length, address)
        return count, failed
