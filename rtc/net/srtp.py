"""libsrtp without copies: pylibsrtp's cffi binding called on reused buffers (RFC 3711, RFC 7714)."""

from __future__ import annotations

import contextlib
from typing import Any

from pylibsrtp import Error as SrtpError
from pylibsrtp import Session
from pylibsrtp._binding import ffi, lib

MAX_DATAGRAM_BYTES = 1500
SLOT_BYTES = 2048
_AUTH_FAIL, _REPLAY_FAIL, _REPLAY_OLD = 7, 9, 10  # srtp_err_status_t

protect: Any = lib.srtp_protect
unprotect: Any = lib.srtp_unprotect
protect_rtcp: Any = lib.srtp_protect_rtcp
unprotect_rtcp: Any = lib.srtp_unprotect_rtcp


def describe_failure(status: int) -> str:
    """Name the drop for a libsrtp status."""
    if status == _AUTH_FAIL:
        return "drop.srtp_auth"
    if status in (_REPLAY_FAIL, _REPLAY_OLD):
        return "drop.srtp_replay"
    return "drop.srtp_malformed"


class SrtpKeys:
    """The two sessions of one DTLS handshake; `receive` and `send` are libsrtp handles."""

    __slots__ = ("_sessions", "receive", "send")

    def __init__(self, receive: Session, send: Session) -> None:
        self._sessions = (receive, send)  # keeps the handles alive
        self.receive: Any = receive._srtp[0]
        self.send: Any = send._srtp[0]

    def forget_sent(self, ssrc: int) -> None:
        """Free what libsrtp keeps for a stream we will never send again."""
        with contextlib.suppress(SrtpError):  # it may never have sent anything
            self._sessions[1].remove_stream(ssrc)


class Scratch:
    """One reused datagram buffer with a reused length pointer; given a pointer, over SLOT_BYTES that others keep.

    view      memoryview, SLOT_BYTES long, of uint8
    pointer   the same memory for libsrtp
    place     its address
    length    int* for libsrtp
    """

    __slots__ = ("_memory", "length", "place", "pointer", "view")

    def __init__(self, pointer: Any = None) -> None:
        self._memory: Any = ffi.new("uint64_t[]", SLOT_BYTES // 8) if pointer is None else None
        self.pointer: Any = ffi.cast("char *", self._memory) if pointer is None else pointer
        self.place = int(ffi.cast("uintptr_t", self.pointer))
        self.view = memoryview(ffi.buffer(self.pointer, SLOT_BYTES)).cast("B")
        self.length: Any = ffi.new("int *")

    def protect_rtcp(self, keys: SrtpKeys, packet: bytes) -> bytes | None:
        """Encrypt one RTCP compound packet; None when it is too long or the keys are used up."""
        count = len(packet)
        if count > MAX_DATAGRAM_BYTES - 64:
            return None
        self.view[:count] = packet
        self.length[0] = count
        if protect_rtcp(keys.send, self.pointer, self.length):
            return None
        return bytes(self.view[: self.length[0]])
