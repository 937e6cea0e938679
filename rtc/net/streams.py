"""Media over TCP, for networks without UDP: ICE passive candidates (RFC 6544), frames of RFC 4571.

How it works: a peer's connection stands where UDP has an address (rtc.net.addresses.Stream), so that everything else is the
same. What is written in one turn of the loop leaves with one send. A slow connection fills its queue: the rest of a video
frame is dropped first, then sound; when not even checks and reports find room, it is closed.

Anybody can connect: a connection must bring a right connectivity check within seconds and nothing else before it, one
address may have few that have not, and when there are too many of them in all, the oldest goes.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from rtc.net.addresses import Address, Cargo
from rtc.net.counting import Counters
from rtc.net.srtp import MAX_DATAGRAM_BYTES, Scratch
from rtc.wire.frames import frame, split_frames

PROVE_S = 10.0
UNPROVEN_PER_ADDRESS = 64
UNPROVEN_MOST = 512
_READ_BYTES = 65536
_ACCEPTS = 64
_NO_DESCRIPTORS_PAUSE_S = 1.0
_LINGER_S = 0.1  # for a close alert, sent by a task of its own
_WRITE_BYTES = 32768
_KERNEL_BYTES = 65536  # so that the queue, where video goes first, is here and not there
# What may wait, in bytes, for something of each kind still to be taken; and how long for video.
_MOST_BYTES: dict[Cargo, int] = {"video": 65536, "repair": 65536, "audio": 98304, "control": 131072}
_MOST_WAIT_NS = 300_000_000


class TcpStream:
    """One connection: a rtc.net.addresses.Stream."""

    __slots__ = (
        "_closer", "_listener", "_loop", "_queue", "_rest", "_skips", "_sock", "_waits", "_waits_since_ns", "is_open",
        "is_proven", "remote",
    )  # fmt: skip

    def __init__(self, listener: Listener, sock: socket.socket, remote: Address) -> None:
        self.remote = remote
        self.is_open = True
        self.is_proven = False
        self._listener = listener
        self._sock = sock
        self._loop = asyncio.get_running_loop()
        self._rest = b""
        self._queue = bytearray()
        self._waits = False  # for the socket to take more
        self._waits_since_ns = 0
        self._skips: dict[bytes, bytes] = {}  # SSRC: timestamp of the frame whose rest is dropped
        self._closer: asyncio.TimerHandle | None = self._loop.call_later(PROVE_S, self._give_up)
        self._loop.add_reader(sock.fileno(), self._read)

    # Sending

    def send(self, datagram: bytes, cargo: Cargo) -> None:
        """Queue one datagram; what finds no room is dropped and counted."""
        if not self.is_open:
            self._listener.counters.add("drop.tcp_closed")
            return
        if self._queue and not self._has_room(datagram, cargo):
            self._listener.counters.add(f"drop.tcp_{cargo}")
            if cargo == "control":
                self.close("tcp_overflows")
            return
        if not self._queue:
            self._loop.call_soon(self._write)
        self._queue += frame(datagram)
        if len(self._queue) > _WRITE_BYTES:
            self._write()

    def _has_room(self, datagram: bytes, cargo: Cargo) -> bool:
        full = len(self._queue) > _MOST_BYTES[cargo]
        if cargo not in ("video", "repair"):
            return not full
        # The header of RTP stays readable: timestamp and SSRC.
        ticks, ssrc = datagram[4:8], datagram[8:12]
        if self._skips.get(ssrc) == ticks:
            return False
        self._skips.pop(ssrc, None)
        if full or (self._waits and self._listener.monotonic_ns() - self._waits_since_ns > _MOST_WAIT_NS):
            if cargo == "video":
                self._skips[ssrc] = ticks
            return False
        return True

    def _write(self) -> None:
        if self._waits or not self.is_open or not self._queue:
            return
        try:
            sent = self._sock.send(self._queue)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.close("tcp_broken")
            return
        del self._queue[:sent]
        if self._queue:
            self._waits = True
            self._waits_since_ns = self._listener.monotonic_ns()
            self._loop.add_writer(self._sock.fileno(), self._go_on)

    def _go_on(self) -> None:
        self._loop.remove_writer(self._sock.fileno())
        since_ns, self._waits = self._waits_since_ns, False
        self._write()
        if self._waits:
            self._waits_since_ns = since_ns  # it has never been empty in between
        else:
            self._skips.clear()

    # Receiving

    def _read(self) -> None:
        try:
            data = self._sock.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close("tcp_ended")
            return
        try:
            datagrams, self._rest = split_frames(self._rest + data, MAX_DATAGRAM_BYTES)
        except ValueError:
            self._listener.counters.add("drop.tcp_frame")
            self.close("tcp_ended")
            return
        self._listener.take(self, datagrams)

    # Beginning and end

    def prove(self) -> None:
        """A right connectivity check came over it."""
        if not self.is_proven and self.is_open:
            self.is_proven = True
            self._listener.forget_unproven(self)
            if self._closer is not None:
                self._closer.cancel()
                self._closer = None

    def _give_up(self) -> None:
        self.close("tcp_unproven")

    def leave(self) -> None:
        """Close it, after what is about to be sent."""
        if self._closer is not None:
            self._closer.cancel()
        self._closer = self._loop.call_later(_LINGER_S, self.close, "tcp_left")

    def close(self, counter: str) -> None:
        """Close it now; counter: why, counted."""
        if not self.is_open:
            return
        self.is_open = False
        with contextlib.suppress(OSError):
            if self._queue and not self._waits:
                self._sock.send(self._queue)
        if self._closer is not None:
            self._closer.cancel()
            self._closer = None
        self._loop.remove_reader(self._sock.fileno())
        if self._waits:
            self._loop.remove_writer(self._sock.fileno())
        self._sock.close()
        self._queue.clear()
        self._listener.counters.add(counter)
        self._listener.forget(self)


class Listener:
    """The listening socket and its connections.

    take_one    called with each datagram that came, its stream and the time
    end_burst   called after the datagrams of one read, with their number
    lose        called with each proven stream that ended
    """

    def __init__(
        self,
        sock: socket.socket,
        counters: Counters,
        monotonic_ns: Callable[[], int],
        take_one: Callable[[Scratch, int, TcpStream, int], None],
        end_burst: Callable[[int], None],
        lose: Callable[[TcpStream], None],
    ) -> None:
        self.counters = counters
        self.monotonic_ns = monotonic_ns
        self._sock = sock
        self._take_one = take_one
        self._end_burst = end_burst
        self._lose = lose
        self._scratch = Scratch()
        self._streams: set[TcpStream] = set()
        self._unproven: dict[TcpStream, str] = {}
        self._unproven_of: dict[str, int] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        """Start accepting."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._sock.fileno(), self._accept)

    def close(self) -> None:
        """Close the socket and all connections."""
        if self._loop is not None:
            self._loop.remove_reader(self._sock.fileno())
            self._loop = None
        self._sock.close()
        for stream in list(self._streams):
            stream.close("tcp_left")

    def _accept(self) -> None:
        for _ in range(_ACCEPTS):
            try:
                sock, remote = self._sock.accept()
            except BlockingIOError:
                return
            except OSError as exc:
                self.counters.add("tcp_accept_failed")
                if exc.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                    self._pause()
                    return
                continue
            self._begin(sock, remote)

    def _pause(self) -> None:
        loop = self._loop
        if loop is not None:
            loop.remove_reader(self._sock.fileno())
            loop.call_later(_NO_DESCRIPTORS_PAUSE_S, self._resume)

    def _resume(self) -> None:
        if self._loop is not None:
            self._loop.add_reader(self._sock.fileno(), self._accept)

    def _begin(self, sock: socket.socket, remote: Address) -> None:
        block = _block_of(remote)
        if self._unproven_of.get(block, 0) >= UNPROVEN_PER_ADDRESS:
            sock.close()
            self.counters.add("tcp_refused")
            return
        if len(self._unproven) >= UNPROVEN_MOST:
            next(iter(self._unproven)).close("tcp_pushed_out")
        sock.setblocking(False)
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BYTES)
        stream = TcpStream(self, sock, remote)
        self._streams.add(stream)
        self._unproven[stream] = block
        self._unproven_of[block] = self._unproven_of.get(block, 0) + 1
        self.counters.add("tcp_accepted")

    def take(self, stream: TcpStream, datagrams: list[bytes]) -> None:
        """Hand on what one read of a stream gave."""
        scratch, now_ns = self._scratch, self.monotonic_ns()
        for datagram in datagrams:
            if not stream.is_open:
                break
            if not stream.is_proven and datagram[0] >= 4:
                self.counters.add("drop.tcp_unproven")
                stream.close("tcp_unproven")
                break
            scratch.view[: len(datagram)] = datagram
            self._take_one(scratch, len(datagram), stream, now_ns)
        self._end_burst(len(datagrams))

    def forget_unproven(self, stream: TcpStream) -> None:
        """A stream is proven or closed."""
        block = self._unproven.pop(stream, None)
        if block is not None:
            self._unproven_of[block] -= 1
            if not self._unproven_of[block]:
                del self._unproven_of[block]

    def forget(self, stream: TcpStream) -> None:
        """A stream is closed."""
        self.forget_unproven(stream)
        self._streams.discard(stream)
        if stream.is_proven:
            # Not now: a packet may be on its way through the fan-out to this very stream.
            asyncio.get_running_loop().call_soon(self._lose, stream)


def _block_of(address: Address) -> str:
    """Return what one subscriber has: an IPv4 address, or an IPv6 network of 64 bits."""
    ip = ip_address(address[0].partition("%")[0])
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return ip.packed[:8].hex()
    return str(ip)
