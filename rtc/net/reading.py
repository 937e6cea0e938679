"""Reading: datagrams from the UDP port in bursts, each in a reused buffer."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Protocol

from rtc.kernel.transport_cc_matching import Matched
from rtc.net.addresses import Address
from rtc.net.fanout import Peer
from rtc.net.srtp import Scratch

BURST_DATAGRAMS = 128

Handle = Callable[[Scratch, int, Address], None]


class Owner(Protocol):
    """Who gets what comes from an address, when the reader knows it: a transport."""

    def take_rtp(self, scratch: Scratch, length: int, now_ns: int) -> None:
        """Take a decrypted RTP packet."""
        ...

    def take_rtcp(self, packet: bytes, now_ns: int) -> None:
        """Take a decrypted RTCP packet."""
        ...

    def handle_matched(self, matched: Matched | None, now_ns: int) -> None:
        """Take feedback that is put beside what was sent; None: it made no sense."""
        ...

    def count_failure(self, status: int) -> None:
        """Count a packet that did not decrypt, for this libsrtp status."""
        ...


class Reader(Protocol):
    """What the port needs of the receiving side."""

    def read_burst(self, handle: Handle, now_ns: int = 0) -> tuple[int, int]:
        """Call handle(buffer, length, source) for the datagrams that wait, BURST_DATAGRAMS at most.

        now_ns    the time, for what the reader handles itself or gives to owners
        returns   how many came, how many reads failed
        """
        ...

    def tell_waiting(self) -> bool:
        """Tell owners of some of the feedback that waits behind media; return whether more waits."""
        ...

    def assign(self, address: Address, owner: Owner, peer: Peer) -> None:
        """Media from this address belongs to this transport from now on; the reader may decrypt it."""
        ...

    def release(self, address: Address) -> None:
        """The address belongs to nobody."""
        ...


class ReadEach:
    """Portable: one recvfrom per datagram."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._scratch = Scratch()

    def tell_waiting(self) -> bool:
        """Nothing waits here."""
        return False

    def assign(self, address: Address, owner: Owner, peer: Peer) -> None:
        """The port finds it."""

    def release(self, address: Address) -> None:
        """The port finds it."""

    def read_burst(self, handle: Handle, now_ns: int = 0) -> tuple[int, int]:
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
