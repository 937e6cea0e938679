"""Sending: one packet to many viewers, and everything else that leaves the UDP port.

How it works: packets are written, already encrypted, into slots of one memory block; the slots go out together with one
sendmmsg when the read burst ends or the block is full. The interface is small so that a native implementation can take its
place. SendEach is the portable one: the same loop, one sendto per packet.
"""

from __future__ import annotations

import ctypes
import errno
import socket
import sys
from collections.abc import Iterable
from ctypes import c_int, c_uint, c_void_p
from struct import Struct
from typing import Any, Protocol

from pylibsrtp._binding import ffi

from rtc.addresses import Address, pack_sockaddr
from rtc.counting import Counters
from rtc.kernel.history import Kept
from rtc.srtp import MAX_DATAGRAM_BYTES, SLOT_BYTES, SrtpKeys, protect

_SLOTS = 512
_HEADER = Struct("!BBHII")
_HEADER_BYTES = 12
_MAX_PAYLOAD_BYTES = MAX_DATAGRAM_BYTES - _HEADER_BYTES - 16
_SOCKADDR_BYTES = 28


class Peer:
    """Where a transport's packets go; the transport sets it, outlets share it.

    keys      None until DTLS is done
    address   None until a connectivity check came
    sockaddr  address of the C structure, which stays in place when the address changes
    """

    __slots__ = ("_memory", "address", "keys", "send", "sockaddr")

    def __init__(self) -> None:
        self._memory: Any = ffi.new("uint64_t[]", 4)
        self.sockaddr = int(ffi.cast("uintptr_t", self._memory))
        self.address: Address | None = None
        self.keys: SrtpKeys | None = None
        self.send: Any = None

    def set_keys(self, keys: SrtpKeys | None) -> None:
        """Take new SRTP keys, or none any more."""
        self.keys = keys
        self.send = keys.send if keys is not None else None

    def move(self, address: Address) -> None:
        """Send to this address from now on."""
        self.address = address
        packed = pack_sockaddr(address)
        ffi.buffer(self._memory)[: len(packed)] = packed


class Outlet:
    """One stream to one viewer: the numbers that differ from the track's.

    seq_shift, ticks_shift   added to track numbers and timestamps, modulo their width
    floor                    first track number this mapping may carry; earlier ones belong to the mapping before
    """

    __slots__ = ("floor", "payload_type", "peer", "seq_shift", "ssrc", "ticks_shift")

    def __init__(self, peer: Peer, ssrc: int) -> None:
        self.peer = peer
        self.ssrc = ssrc
        self.payload_type = 0
        self.seq_shift = 0
        self.ticks_shift = 0
        self.floor = 0


class Fanout(Protocol):
    """What the engine needs of the sending side."""

    def forward(self, outlets: Iterable[Outlet], packet: Kept) -> None:
        """Send one packet through every outlet, whose peers all have keys and an address."""
        ...

    def send(self, datagram: bytes, peer: Peer) -> None:
        """Send one datagram as it is to a peer with an address."""
        ...

    def send_to(self, datagram: bytes, address: Address) -> None:
        """Send one datagram as it is, at once."""
        ...

    def flush(self) -> None:
        """Hand what was collected to the kernel."""
        ...


class _MsgHdr(ctypes.Structure):
    _fields_ = (
        ("name", c_void_p),
        ("name_bytes", c_uint),
        ("iov", c_void_p),
        ("iov_count", ctypes.c_size_t),
        ("control", c_void_p),
        ("control_bytes", ctypes.c_size_t),
        ("flags", c_int),
    )


class _MMsgHdr(ctypes.Structure):
    _fields_ = (("header", _MsgHdr), ("sent_bytes", c_uint))


class SendBatch:
    """Linux: encrypted packets in slots, one sendmmsg per batch."""

    def __init__(self, sock: socket.socket, counters: Counters) -> None:
        self._fd = sock.fileno()
        self._sock = sock
        self._counters = counters
        self._count = 0
        self._memory: Any = ffi.new("uint64_t[]", _SLOTS * SLOT_BYTES // 8)
        base: Any = ffi.cast("char *", self._memory)
        self._slots: list[Any] = [base + index * SLOT_BYTES for index in range(_SLOTS)]
        self._view = memoryview(ffi.buffer(base, _SLOTS * SLOT_BYTES)).cast("B")
        self._length: Any = ffi.new("int *")
        name_bytes = 16 if sock.family == socket.AF_INET else _SOCKADDR_BYTES
        # iovec: address, length; mmsghdr: 64 bytes, the name pointer first.
        vectors: Any = ffi.new("uint64_t[]", 2 * _SLOTS)
        self._vectors_memory = vectors
        self._vectors = memoryview(ffi.buffer(vectors)).cast("B").cast("Q")
        first_slot = int(ffi.cast("uintptr_t", base))
        first_vector = int(ffi.cast("uintptr_t", vectors))
        self._headers_memory = (_MMsgHdr * _SLOTS)()
        for index in range(_SLOTS):
            self._vectors[2 * index] = first_slot + index * SLOT_BYTES
            header = self._headers_memory[index].header
            header.name_bytes = name_bytes
            header.iov = first_vector + 16 * index
            header.iov_count = 1
        self._headers = memoryview(self._headers_memory).cast("B").cast("Q")
        self._stride = ctypes.sizeof(_MMsgHdr) // 8
        self._headers_at = ctypes.addressof(self._headers_memory)
        self._sendmmsg = ctypes.CDLL(None, use_errno=True).sendmmsg
        self._sendmmsg.argtypes = (c_int, c_void_p, c_uint, c_int)

    def forward(self, outlets: Iterable[Outlet], packet: Kept) -> None:
        """Send one packet through every outlet, whose peers all have keys and an address."""
        number, first, marker, ticks, payload = packet
        payload_bytes = len(payload)
        if payload_bytes > _MAX_PAYLOAD_BYTES:
            self._counters.add("drop.too_long")
            return
        clear_bytes = _HEADER_BYTES + payload_bytes
        view, vectors, headers, slots, length = self._view, self._vectors, self._headers, self._slots, self._length
        stride, write_header, encrypt = self._stride, _HEADER.pack_into, protect
        count = begun = self._count
        for outlet in outlets:
            if count == _SLOTS:
                self._count = count
                self._counters.add("forwarded", count - begun)
                self.flush()
                count = begun = 0
            at = count * SLOT_BYTES
            write_header(
                view,
                at,
                first,
                marker | outlet.payload_type,
                (number + outlet.seq_shift) & 0xFFFF,
                (ticks + outlet.ticks_shift) & 0xFFFFFFFF,
                outlet.ssrc,
            )
            view[at + 12 : at + clear_bytes] = payload
            length[0] = clear_bytes
            peer = outlet.peer
            if encrypt(peer.send, slots[count], length):
                self._counters.add("drop.srtp_protect")
                continue
            vectors[2 * count + 1] = length[0]
            headers[stride * count] = peer.sockaddr
            count += 1
        self._count = count
        self._counters.add("forwarded", count - begun)

    def send(self, datagram: bytes, peer: Peer) -> None:
        """Send one datagram as it is to a peer with an address."""
        if len(datagram) > SLOT_BYTES:
            self._counters.add("drop.too_long")
            return
        if self._count == _SLOTS:
            self.flush()
        count = self._count
        at = count * SLOT_BYTES
        self._view[at : at + len(datagram)] = datagram
        self._vectors[2 * count + 1] = len(datagram)
        self._headers[self._stride * count] = peer.sockaddr
        self._count = count + 1

    def send_to(self, datagram: bytes, address: Address) -> None:
        """Send one datagram as it is, at once."""
        try:
            self._sock.sendto(datagram, address)
        except OSError as exc:
            self._counters.add(describe_send_error(exc.errno or 0))

    def flush(self) -> None:
        """Hand what was collected to the kernel; a destination that fails never holds back the others."""
        done, count = 0, self._count
        self._count = 0
        while done < count:
            sent = self._sendmmsg(
                self._fd, self._headers_at + done * self._stride * 8, count - done, socket.MSG_DONTWAIT
            )
            if sent > 0:
                done += sent
                continue
            error = ctypes.get_errno()
            if error == errno.EINTR:
                continue
            if error in (errno.EAGAIN, errno.ENOBUFS):
                self._counters.add("drop.send_buffer_full", count - done)
                return
            self._counters.add(describe_send_error(error))
            done += 1


class SendEach:
    """Portable: the same loop with one sendto per packet."""

    def __init__(self, sock: socket.socket, counters: Counters) -> None:
        self._sock = sock
        self._counters = counters
        self._memory: Any = ffi.new("uint64_t[]", SLOT_BYTES // 8)
        self._slot: Any = ffi.cast("char *", self._memory)
        self._view = memoryview(ffi.buffer(self._slot, SLOT_BYTES)).cast("B")
        self._length: Any = ffi.new("int *")

    def forward(self, outlets: Iterable[Outlet], packet: Kept) -> None:
        """Send one packet through every outlet, whose peers all have keys and an address."""
        number, first, marker, ticks, payload = packet
        clear_bytes = _HEADER_BYTES + len(payload)
        if len(payload) > _MAX_PAYLOAD_BYTES:
            self._counters.add("drop.too_long")
            return
        view, length = self._view, self._length
        forwarded = 0
        for outlet in outlets:
            seq = (number + outlet.seq_shift) & 0xFFFF
            outlet_ticks = (ticks + outlet.ticks_shift) & 0xFFFFFFFF
            _HEADER.pack_into(view, 0, first, marker | outlet.payload_type, seq, outlet_ticks, outlet.ssrc)
            view[_HEADER_BYTES:clear_bytes] = payload
            length[0] = clear_bytes
            if protect(outlet.peer.send, self._slot, length):
                self._counters.add("drop.srtp_protect")
                continue
            self._send(view[: length[0]], outlet.peer.address)
            forwarded += 1
        self._counters.add("forwarded", forwarded)

    def send(self, datagram: bytes, peer: Peer) -> None:
        """Send one datagram as it is to a peer with an address."""
        self._send(datagram, peer.address)

    def send_to(self, datagram: bytes, address: Address) -> None:
        """Send one datagram as it is, at once."""
        self._send(datagram, address)

    def flush(self) -> None:
        """Nothing is collected here."""

    def _send(self, datagram: bytes | memoryview, address: Address | None) -> None:
        if address is None:
            self._counters.add("drop.no_address")
            return
        try:
            self._sock.sendto(datagram, address)
        except BlockingIOError:
            self._counters.add("drop.send_buffer_full")
        except OSError as exc:
            self._counters.add(describe_send_error(exc.errno or 0))


def describe_send_error(error: int) -> str:
    """Name the drop for an errno of a send call."""
    return f"drop.send_{errno.errorcode.get(error, 'error').lower()}"


def choose_fanout(sock: socket.socket, counters: Counters) -> Fanout:
    """Return the fastest implementation this machine has."""
    if sys.platform == "linux" and ctypes.sizeof(_MMsgHdr) == 64:
        return SendBatch(sock, counters)
    return SendEach(sock, counters)
