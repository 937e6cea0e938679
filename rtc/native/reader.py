"""Reading in C: intake.c behind the interface of rtc.net.reading."""

from __future__ import annotations

import errno
import socket
from collections import deque
from typing import Any

from pylibsrtp._binding import ffi as srtp_ffi
from pylibsrtp._binding import lib as srtp_lib

from rtc.kernel.transport_cc_matching import Matched
from rtc.native._packets import ffi, lib
from rtc.native.packets import NativeFanout, NativePeer, matched, read_matched, unprotect_rtcp
from rtc.net.addresses import Address, pack_sockaddr, unpack_sockaddr
from rtc.net.fanout import Peer
from rtc.net.reading import Handle, Owner
from rtc.net.srtp import SLOT_BYTES, Scratch

_KNOWN_ADDRESSES = 4096
_TOLD_AT_ONCE = 16  # feedback between two looks at the socket: about a third of a millisecond
_MOST_WAITING = 4096
_RAW, _RTP, _RTCP, _FEEDBACK, _FAILED, _STREAMED = (
    lib.RAW, lib.RTP, lib.RTCP, lib.FEEDBACK, lib.FAILED, lib.STREAMED,
)  # fmt: skip
_unprotect = int(srtp_ffi.cast("uintptr_t", srtp_ffi.addressof(srtp_lib, "srtp_unprotect")))


class NativeReader:
    """A rtc.net.reading.Reader in C: one recvmmsg for READ_SLOTS datagrams; ordinary media does not reach Python.

    How it works: what viewers write of their lines costs most of all that comes, and comes from many of them at the same time;
    so it is decrypted and matched where it stands, and told when no media is there.

    fanout   where it goes; without one everything reaches Python
    """

    def __init__(self, sock: socket.socket, fanout: NativeFanout | None = None) -> None:
        self._fanout = fanout
        out = fanout.row if fanout is not None else ffi.NULL
        self._reader: Any = ffi.gc(lib.reader_new(sock.fileno(), _unprotect, unprotect_rtcp, out), lib.reader_free)
        if not self._reader:
            raise MemoryError
        self._found: Any = ffi.new("found *")
        self._owners: dict[int, tuple[Owner, Peer]] = {}
        self._numbers: dict[Address, int] = {}
        self._next = 0
        self._waiting: deque[tuple[Owner, Matched, int]] = deque()
        slots = lib.reader_slots(self._reader)
        self._buffers = [
            Scratch(srtp_ffi.cast("char *", int(ffi.cast("uintptr_t", slots)) + index * SLOT_BYTES))
            for index in range(lib.READ_SLOTS)
        ]
        names_bytes = lib.READ_SLOTS * lib.NAME_BYTES
        self._names = memoryview(ffi.buffer(lib.reader_names(self._reader), names_bytes)).cast("B")
        self._name_bytes = 16 if sock.family == socket.AF_INET else lib.NAME_BYTES
        self._addresses: dict[bytes, Address] = {}

    def assign(self, address: Address, owner: Owner, peer: Peer) -> None:
        """Media from this address belongs to this transport from now on."""
        if not isinstance(peer, NativePeer):
            return
        self.release(address)
        self._next = self._next + 1 & 0x7FFFFFFF
        if lib.reader_assign(self._reader, _name(address), peer.row, self._next):
            self._numbers[address] = self._next
            self._owners[self._next] = owner, peer  # keeps the row alive

    def release(self, address: Address) -> None:
        """The address belongs to nobody."""
        number = self._numbers.pop(address, None)
        if number is not None:
            lib.reader_forget(self._reader, _name(address))
            del self._owners[number]

    def read_burst(self, handle: Handle, now_ns: int = 0) -> tuple[int, int]:
        """Call handle(buffer, length, source) for the datagrams that wait and that it does not take itself."""
        reader, found, following = self._reader, self._found, lib.reader_next
        count = lib.reader_read(reader)
        if count < 0:
            return 0, 0 if -count in (errno.EAGAIN, errno.EINTR) else 1
        while kind := following(reader, now_ns, matched, found):
            if kind == _RAW:
                index = found.index
                handle(self._buffers[index], found.length, self._address(index))
            elif kind == _STREAMED:
                assert self._fanout is not None
                self._fanout.send_streamed()
            else:
                self._tell(kind, found, now_ns)
        return count, 0

    def tell_waiting(self) -> bool:
        """Tell owners of some of the feedback that waits behind media; return whether more waits."""
        waiting = self._waiting
        for _ in range(min(len(waiting), _TOLD_AT_ONCE)):
            owner, told, now_ns = waiting.popleft()
            owner.handle_matched(told, now_ns)
        return bool(waiting)

    def _address(self, index: int) -> Address:
        at = index * lib.NAME_BYTES
        name = self._names[at : at + self._name_bytes].tobytes()
        address = self._addresses.get(name)
        if address is None:
            if len(self._addresses) >= _KNOWN_ADDRESSES:
                self._addresses.clear()
            address = self._addresses[name] = unpack_sockaddr(name)
        return address

    def _tell(self, kind: int, found: Any, now_ns: int) -> None:
        owner = self._owners[found.owner][0]
        if kind == _FEEDBACK:
            self._waiting.append((owner, read_matched(), now_ns))
            if len(self._waiting) > _MOST_WAITING:
                self.tell_waiting()
        elif kind == _RTP:
            owner.take_rtp(self._buffers[found.index], found.length, now_ns)
        elif kind == _RTCP:
            owner.take_rtcp(self._buffers[found.index].view[: found.length].tobytes(), now_ns)
        elif kind == _FAILED:
            owner.count_failure(found.status)
        else:
            owner.handle_matched(None, now_ns)


def _name(address: Address) -> bytes:
    return pack_sockaddr(address).ljust(lib.NAME_BYTES, b"\0")
