"""Sending in Python: SendEach is the portable one, SendBatch (Linux) collects what SendEach sends one by one.

How it works: packets are written and encrypted into slots of one memory block; SendBatch sends all slots with one sendmmsg,
called through ctypes, when the read burst ends or the block is full; SendEach sends its one slot at once.
"""

from __future__ import annotations

import ctypes
import errno
import socket
import sys
from collections.abc import Callable
from ctypes import c_int, c_uint, c_void_p
from struct import Struct
from typing import Any

from pylibsrtp._binding import ffi

from rtc.kernel.history import Kept
from rtc.net.addresses import Cargo, Place
from rtc.net.counting import Counters
from rtc.net.fanout import Outlets, Peer, describe_send_error, send_at_once
from rtc.net.srtp import MAX_DATAGRAM_BYTES, SLOT_BYTES, protect
from rtc.sending.peer_plain import PlainOutlet, PlainPeer
from rtc.wire.rtp import build_extension

_SLOTS = 512
_HEADER = Struct("!BBHII")
_EXTENSION = Struct("!IBHB")
_ONE_WORD = 0xBEDE0001  # RFC 8285: one-byte headers, one word
_HEADER_BYTES, _EXTENSION_BYTES = _HEADER.size, _EXTENSION.size
_MAX_PAYLOAD_BYTES = MAX_DATAGRAM_BYTES - _HEADER_BYTES - _EXTENSION_BYTES - 16
_OVERHEAD_BYTES = 64  # RTP header, extension, tag, UDP, IP
_SOCKADDR_BYTES = 28


class _Writer:
    """Writes and encrypts one packet for one viewer into a slot."""

    def __init__(self, slots: int, counters: Counters, monotonic_ns: Callable[[], int]) -> None:
        self._counters = counters
        self._monotonic_ns = monotonic_ns
        self._memory: Any = ffi.new("uint64_t[]", slots * SLOT_BYTES // 8)
        self.base: Any = ffi.cast("char *", self._memory)
        self._slots: list[Any] = [self.base + index * SLOT_BYTES for index in range(slots)]
        self.view = memoryview(ffi.buffer(self.base, slots * SLOT_BYTES)).cast("B")
        self._length: Any = ffi.new("int *")
        self._now_us = 0

    def new_peer(self) -> PlainPeer:
        """Make the place where one transport's packets go."""
        return PlainPeer()

    def _begin(self, packet: Kept) -> bool:
        if len(packet.payload) + len(packet.descriptor) > _MAX_PAYLOAD_BYTES:
            self._counters.add("drop.too_long")
            return False
        self._now_us = self._monotonic_ns() // 1000
        return True

    def _write(self, slot: int, outlet: PlainOutlet, packet: Kept) -> int:
        """Write the packet for one outlet; return its bytes, or 0 when it does not go."""
        number, first, marker, ticks, payload, picture_at, tl0_at, descriptor = packet
        if number < outlet.floor:
            return 0
        peer = outlet.peer
        payload_bytes = len(payload)
        if peer.send is None:
            self._counters.add("drop.no_keys")
            return 0
        drop = peer.afford(outlet, ticks, payload_bytes + _OVERHEAD_BYTES, self._now_us)
        if drop is not None:
            self._counters.add(drop)
            return 0
        view, begin = self.view, slot * SLOT_BYTES
        at = begin + _HEADER_BYTES
        seq = (number + outlet.seq_shift) & 0xFFFF
        sent = peer.sent if peer.extension_id else None
        wide = 0
        if sent is not None:
            wide = sent.find(outlet.ssrc, seq) if outlet.repeats else sent.numbers[0]
            if wide < 0:
                self._counters.add("drop.repeat_unknown")
                return 0
        if descriptor and peer.descriptor_id:
            numbered = [(peer.extension_id, (wide & 0xFFFF).to_bytes(2))] if sent is not None else []
            extension = build_extension([*numbered, (peer.descriptor_id, descriptor)])
            view[at : at + len(extension)] = extension
            at += len(extension)
            first |= 0x10
        elif sent is not None:
            _EXTENSION.pack_into(view, at, _ONE_WORD, peer.extension_id << 4 | 1, wide & 0xFFFF, 0)
            at += _EXTENSION_BYTES
            first |= 0x10
        ticks = (ticks + outlet.ticks_shift) & 0xFFFFFFFF
        _HEADER.pack_into(view, begin, first, marker | outlet.payload_type, seq, ticks, outlet.ssrc)
        view[at : at + payload_bytes] = payload
        if picture_at:
            picture = ((payload[picture_at] << 8 | payload[picture_at + 1]) + outlet.picture_shift) & 0x7FFF
            view[at + picture_at] = 0x80 | picture >> 8
            view[at + picture_at + 1] = picture & 0xFF
        if tl0_at:
            view[at + tl0_at] = (payload[tl0_at] + outlet.tl0_shift) & 0xFF
        length = self._length
        length[0] = at + payload_bytes - begin
        if protect(peer.send, self._slots[slot], length):
            self._counters.add("drop.srtp_protect")
            return 0
        count = int(length[0])
        if sent is not None and not outlet.repeats:
            sent.note(outlet.ssrc, seq, count, self._now_us)
        return count


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


def has_sendmmsg() -> bool:
    """Tell whether SendBatch runs here."""
    return sys.platform == "linux" and ctypes.sizeof(_MMsgHdr) == 64


class SendBatch(_Writer):
    """Linux: encrypted packets in slots, one sendmmsg per batch."""

    def __init__(self, sock: socket.socket, counters: Counters, monotonic_ns: Callable[[], int]) -> None:
        super().__init__(_SLOTS, counters, monotonic_ns)
        self._fd = sock.fileno()
        self._sock = sock
        self._count = 0
        name_bytes = 16 if sock.family == socket.AF_INET else _SOCKADDR_BYTES
        # iovec: address, length; mmsghdr: 64 bytes, the name pointer first.
        vectors: Any = ffi.new("uint64_t[]", 2 * _SLOTS)
        self._vectors_memory = vectors
        self._vectors = memoryview(ffi.buffer(vectors)).cast("B").cast("Q")
        first_slot = int(ffi.cast("uintptr_t", self.base))
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

    def forward(self, outlets: Outlets, packet: Kept) -> None:
        """Send one packet through every outlet, whose peers all have keys and an address."""
        if not self._begin(packet):
            return
        write, vectors, headers, stride = self._write, self._vectors, self._headers, self._stride
        forwarded = 0
        for outlet in outlets:
            assert isinstance(outlet, PlainOutlet)
            if self._count == _SLOTS:
                self.flush()
            count = self._count
            length = write(count, outlet, packet)
            if not length:
                continue
            forwarded += 1
            stream = outlet.peer.stream
            if stream is not None:
                stream.send(self.view[count * SLOT_BYTES : count * SLOT_BYTES + length].tobytes(), outlet.kind)
                continue
            vectors[2 * count + 1] = length
            headers[stride * count] = outlet.peer.sockaddr
            self._count = count + 1
        self._counters.add("forwarded", forwarded)

    def send(self, datagram: bytes, peer: Peer) -> None:
        """Send one datagram as it is to a peer with an address."""
        assert isinstance(peer, PlainPeer)
        if len(datagram) > SLOT_BYTES:
            self._counters.add("drop.too_long")
            return
        if peer.stream is not None:
            peer.stream.send(datagram, "control")
            return
        if self._count == _SLOTS:
            self.flush()
        count = self._count
        at = count * SLOT_BYTES
        self.view[at : at + len(datagram)] = datagram
        self._vectors[2 * count + 1] = len(datagram)
        self._headers[self._stride * count] = peer.sockaddr
        self._count = count + 1

    def send_to(self, datagram: bytes, address: Place) -> None:
        """Send one datagram as it is, at once."""
        send_at_once(self._sock, self._counters, datagram, address)

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


class SendEach(_Writer):
    """Portable: one sendto per packet."""

    def __init__(self, sock: socket.socket, counters: Counters, monotonic_ns: Callable[[], int]) -> None:
        super().__init__(1, counters, monotonic_ns)
        self._sock = sock

    def forward(self, outlets: Outlets, packet: Kept) -> None:
        """Send one packet through every outlet, whose peers all have keys and an address."""
        if not self._begin(packet):
            return
        forwarded = 0
        for outlet in outlets:
            assert isinstance(outlet, PlainOutlet)
            length = self._write(0, outlet, packet)
            if length:
                self._send(self.view[:length], outlet.peer.address, outlet.kind)
                forwarded += 1
        self._counters.add("forwarded", forwarded)

    def send(self, datagram: bytes, peer: Peer) -> None:
        """Send one datagram as it is to a peer with an address."""
        self._send(datagram, peer.address, "control")

    def send_to(self, datagram: bytes, address: Place) -> None:
        """Send one datagram as it is, at once."""
        self._send(datagram, address, "control")

    def flush(self) -> None:
        """Nothing is collected here."""

    def _send(self, datagram: bytes | memoryview, address: Place | None, cargo: Cargo) -> None:
        if address is None:
            self._counters.add("drop.no_address")
            return
        if not isinstance(address, tuple):
            address.send(bytes(datagram), cargo)
            return
        try:
            self._sock.sendto(datagram, address)
        except BlockingIOError:
            self._counters.add("drop.send_buffer_full")
        except OSError as exc:
            self._counters.add(describe_send_error(exc.errno or 0))
