"""The worker's one UDP port: reading in bursts and telling apart what comes (RFC 7983).

How it works: a datagram belongs to the transport that owns its source address; a STUN check from elsewhere is found by the
user fragment in it, and when its integrity holds, its address joins the transport.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from rtc.addresses import Address
from rtc.counting import Counters
from rtc.fanout import Fanout, choose_fanout
from rtc.srtp import SLOT_BYTES, Scratch
from rtc.wire.stun import ROLE_CONFLICT, build_error, build_success, is_authentic, parse_check

if TYPE_CHECKING:
    from rtc.transport import Transport

_BURST_DATAGRAMS = 128
_BUFFER_BYTES = 4 << 20
_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33  # asm-generic/socket.h


class UdpPort:
    """Owns the socket and the two tables that find a datagram's transport."""

    def __init__(self, sock: socket.socket, counters: Counters, monotonic_ns: Callable[[], int]) -> None:
        self._sock = sock
        self._counters = counters
        self._monotonic_ns = monotonic_ns
        self._scratch = Scratch()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.fanout: Fanout = choose_fanout(sock, counters)
        self.by_address: dict[Address, Transport] = {}
        self.by_ufrag: dict[str, Transport] = {}
        self.after_burst: list[Callable[[int], None]] = []

    @property
    def number(self) -> int:
        """The bound port."""
        return int(self._sock.getsockname()[1])

    def open(self) -> None:
        """Start reading."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._sock.fileno(), self._read_burst)

    def close(self) -> None:
        """Stop reading and give the port back."""
        self.fanout.flush()
        if self._loop is not None:
            self._loop.remove_reader(self._sock.fileno())
        self._sock.close()

    def _read_burst(self) -> None:
        receive = self._sock.recvfrom_into
        scratch = self._scratch
        view, counters, clock = scratch.view, self._counters, self._monotonic_ns
        by_address = self.by_address
        count = 0
        now_ns = clock()
        for _ in range(_BURST_DATAGRAMS):
            try:
                length, address = receive(view)
            except BlockingIOError:
                break
            except OSError:
                counters.add("receive_errors")
                continue
            count += 1
            now_ns = clock()
            if not 0 < length < SLOT_BYTES:
                counters.add("drop.bad_length")
                continue
            first = view[0]
            if 127 < first < 192:
                transport = by_address.get(address)
                if transport is None:
                    counters.add("drop.unknown_address")
                elif length > 1 and 191 < view[1] < 224:
                    transport.receive_rtcp(scratch, length, now_ns)
                else:
                    transport.receive_rtp(scratch, length, now_ns)
            elif first < 4:
                self._receive_stun(bytes(view[:length]), address, now_ns)
            elif 19 < first < 64:
                transport = by_address.get(address)
                if transport is None:
                    counters.add("drop.unknown_address")
                else:
                    transport.receive_dtls(bytes(view[:length]))
            else:
                counters.add("drop.unknown_protocol")
        if self.after_burst:
            waiting = self.after_burst[:]
            self.after_burst.clear()
            for act in waiting:
                act(now_ns)
        self.fanout.flush()
        counters.add("datagrams_in", count)

    def _receive_stun(self, datagram: bytes, address: Address, now_ns: int) -> None:
        check = parse_check(datagram)
        if check is None:
            self._counters.add("drop.stun_malformed")
            return
        transport = self.by_ufrag.get(check.ufrag)
        if transport is None:
            self._counters.add("drop.stun_unknown_ufrag")
            return
        password = transport.password_of(check.ufrag)
        if password is None or not is_authentic(datagram, check, password):
            self._counters.add("drop.stun_integrity")
            return
        if check.controlled:
            self.fanout.send_to(build_error(check.transaction_id, ROLE_CONFLICT, password), address)
            return
        self.fanout.send_to(build_success(check.transaction_id, address[:2], password), address)
        transport.note_check(check.ufrag, address, now_ns, nominates=check.nominates)


def bind_udp(host: str, port: int) -> socket.socket:
    """Bind a non-blocking UDP socket with large buffers; "::" takes IPv4 as well."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        for forced, plain in ((_SO_SNDBUFFORCE, socket.SO_SNDBUF), (_SO_RCVBUFFORCE, socket.SO_RCVBUF)):
            sock.setsockopt(socket.SOL_SOCKET, plain, _BUFFER_BYTES)
            with contextlib.suppress(OSError):  # needs a privilege; the plain size stays without it
                sock.setsockopt(socket.SOL_SOCKET, forced, _BUFFER_BYTES)
        sock.setblocking(False)
        sock.bind((host, port))
    except BaseException:
        sock.close()
        raise
    return sock
