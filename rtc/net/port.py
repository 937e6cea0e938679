"""The worker's one port, UDP and TCP: reading in bursts and telling apart what comes (RFC 7983).

How it works: a datagram belongs to the transport that owns its source address, or the TCP connection it came over; a STUN
check from elsewhere is found by the user fragment in it, and when its integrity holds, its address joins the transport.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable
from typing import Protocol

from rtc.net.addresses import Place
from rtc.net.counting import Counters
from rtc.net.fanout import Fanout, Peer
from rtc.net.reading import Owner, Reader
from rtc.net.srtp import SLOT_BYTES, Scratch
from rtc.net.streams import Listener
from rtc.wire.stun import ROLE_CONFLICT, build_error, build_success, is_authentic, parse_check

log = logging.getLogger("centrala.rtc")
_BUFFER_BYTES = 4 << 20
_BACKLOG = 256
_PORT_TRIES = 20
_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33  # asm-generic/socket.h


class Endpoint(Owner, Protocol):
    """A transport, as the port knows it."""

    peer: Peer

    def receive_rtp(self, scratch: Scratch, length: int, now_ns: int) -> None:
        """Take an SRTP packet from the reused buffer."""
        ...

    def receive_rtcp(self, scratch: Scratch, length: int, now_ns: int) -> None:
        """Take an SRTCP packet from the reused buffer."""
        ...

    def receive_dtls(self, datagram: bytes) -> None:
        """Take a DTLS datagram."""
        ...

    def password_of(self, ufrag: str) -> bytes | None:
        """Return the password that goes with one of its user fragments."""
        ...

    def note_check(self, ufrag: str, address: Place, now_ns: int, *, nominates: bool) -> None:
        """Take an authenticated connectivity check."""
        ...

    def forget_address(self, address: Place) -> None:
        """The address is another's now, or the stream has ended."""
        ...


class UdpPort:
    """Owns the socket and the two tables that find a datagram's transport.

    tcp   listens on TCP at the same port; None: UDP alone
    """

    def __init__(
        self,
        sock: socket.socket,
        counters: Counters,
        monotonic_ns: Callable[[], int],
        fanout: Fanout,
        reader: Reader,
        tcp: socket.socket | None = None,
    ) -> None:
        self._sock = sock
        self._counters = counters
        self._monotonic_ns = monotonic_ns
        self._now_ns = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._goes_on = False
        self.fanout = fanout
        self._reader = reader
        self.by_address: dict[Place, Endpoint] = {}
        self.by_ufrag: dict[str, Endpoint] = {}
        self.after_burst: list[Callable[[int], None]] = []
        self._listener = (
            Listener(tcp, counters, monotonic_ns, self._take_streamed, self._end_burst, self._lose)
            if tcp is not None
            else None
        )

    @property
    def number(self) -> int:
        """The bound port."""
        return int(self._sock.getsockname()[1])

    def open(self) -> None:
        """Start reading."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._sock.fileno(), self._read_burst)
        if self._listener is not None:
            self._listener.open()

    def close(self) -> None:
        """Stop reading and give the port back."""
        self.fanout.flush()
        if self._listener is not None:
            self._listener.close()
        if self._loop is not None:
            self._loop.remove_reader(self._sock.fileno())
        self._sock.close()

    def assign(self, address: Place, transport: Endpoint) -> None:
        """What comes from this address is this transport's from now on."""
        self.by_address[address] = transport
        if isinstance(address, tuple):
            self._reader.assign(address, transport, transport.peer)

    def release(self, address: Place) -> None:
        """The address is nobody's."""
        self.by_address.pop(address, None)
        if isinstance(address, tuple):
            self._reader.release(address)

    def _read_burst(self) -> None:
        self._now_ns = self._monotonic_ns()
        count, failed = self._reader.read_burst(self._take, self._now_ns)
        self._end_burst(count)
        if failed:
            self._counters.add("receive_errors", failed)
        if not self._goes_on:
            self._go_on()

    def _go_on(self) -> None:
        # The loop looks at the socket between two calls, so media that came meanwhile goes first.
        self._goes_on = self._reader.tell_waiting() and self._loop is not None
        if self._goes_on and self._loop is not None:
            self._loop.call_soon(self._go_on)

    def _end_burst(self, count: int) -> None:
        if self.after_burst:
            waiting = self.after_burst[:]
            self.after_burst.clear()
            for act in waiting:
                act(self._now_ns)
        self.fanout.flush()
        self._counters.add("datagrams_in", count)

    def _take_streamed(self, scratch: Scratch, length: int, stream: Place, now_ns: int) -> None:
        self._now_ns = now_ns
        self._take(scratch, length, stream)

    def _lose(self, stream: Place) -> None:
        transport = self.by_address.pop(stream, None)
        if transport is not None:
            transport.forget_address(stream)

    def _take(self, scratch: Scratch, length: int, address: Place) -> None:
        if not 0 < length < SLOT_BYTES:
            self._counters.add("drop.bad_length")
            return
        view = scratch.view
        first = view[0]
        now_ns = self._now_ns
        if 127 < first < 192:
            transport = self.by_address.get(address)
            if transport is None:
                self._counters.add("drop.unknown_address")
            elif length > 1 and 191 < view[1] < 224:
                transport.receive_rtcp(scratch, length, now_ns)
            else:
                transport.receive_rtp(scratch, length, now_ns)
        elif first < 4:
            self._receive_stun(bytes(view[:length]), address, now_ns)
        elif 19 < first < 64:
            transport = self.by_address.get(address)
            if transport is None:
                self._counters.add("drop.unknown_address")
            else:
                transport.receive_dtls(bytes(view[:length]))
        else:
            self._counters.add("drop.unknown_protocol")

    def _receive_stun(self, datagram: bytes, address: Place, now_ns: int) -> None:
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
        source = address if isinstance(address, tuple) else address.remote
        self.fanout.send_to(build_success(check.transaction_id, source[:2], password), address)
        if not isinstance(address, tuple):
            address.prove()
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


def bind_tcp(host: str, port: int) -> socket.socket:
    """Bind a non-blocking listening socket; "::" takes IPv4 as well."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setblocking(False)
        sock.bind((host, port))
        sock.listen(_BACKLOG)
    except BaseException:
        sock.close()
        raise
    return sock


def bind_both(host: str, port: int, *, tcp: bool) -> tuple[socket.socket, socket.socket | None]:
    """Bind UDP, and TCP at the same number; when another program has that, None and a warning. port 0: any free one."""
    sock = bind_udp(host, port)
    for tried in range(_PORT_TRIES if tcp else 0):
        try:
            return sock, bind_tcp(host, sock.getsockname()[1])
        except OSError as exc:
            if port or tried == _PORT_TRIES - 1:
                log.warning("no media over TCP: port %d is taken (%s)", sock.getsockname()[1], exc)
                break
            sock.close()
            sock = bind_udp(host, 0)
    return sock, None
