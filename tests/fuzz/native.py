"""Fuzzing the C code under AddressSanitizer and UBSan: `python -m tests.fuzz.native MODULE SECONDS SEED` in a child process.

The parent (tests/fuzz/test_native.py) builds the module with both and loads their library first. What the C code gives is
compared with what the Python code gives, so a wrong result is found as well as a wrong access.
"""

from __future__ import annotations

import importlib.util
import random
import socket
import struct
import sys
import time
from pathlib import Path
from types import ModuleType

from pylibsrtp import Policy, Session

from rtc.kernel.history import Kept
from rtc.kernel.sent import SENT_PACKETS
from rtc.net.addresses import Address, Cargo
from rtc.net.counting import Counters
from rtc.net.fanout import Outlets, Peer
from rtc.net.srtp import Scratch, SrtpKeys
from rtc.sending.fanout_plain import SendEach
from rtc.wire.rtcp import RawFeedback, build_transport_feedback, parse_rtcp
from rtc.wire.vp8 import parse_vp8
from tests.fuzz.edits import make
from tests.fuzz.run import fuzz
from tests.rtc.twin_intake import Twins, make_steps

KEY = bytes(range(28))
VP8 = [b"\x90\xe0\x80\x01\x05\x00\x10rest" * 4, b"\x90\xf0\x81\x02\x05\x60" + bytes(1100), b"\x10\x50"]


def load(path: Path) -> None:
    """Take this build of the module in place of the one beside the source."""
    spec = importlib.util.spec_from_file_location("rtc.native._packets", path)
    assert spec is not None and spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    sys.modules["rtc.native._packets"] = module
    spec.loader.exec_module(module)


def make_keys() -> SrtpKeys:
    """Keys of a session that encrypts for itself."""
    policy = Policy(srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM, ssrc_type=Policy.SSRC_ANY_OUTBOUND, key=KEY)
    policy.allow_repeat_tx = True
    theirs = Policy(srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM, ssrc_type=Policy.SSRC_ANY_INBOUND, key=KEY)
    return SrtpKeys(Session(theirs), Session(policy))


class Stream:
    """A peer's TCP connection that only counts."""

    def __init__(self) -> None:
        self.octets = 0
        self.remote: Address = ("127.0.0.1", 9)

    def send(self, datagram: bytes | memoryview, cargo: Cargo) -> None:
        """Count it."""
        self.octets += len(datagram)

    def prove(self) -> None:
        """It is not asked."""

    def leave(self) -> None:
        """Nothing is open."""


class Forward:
    """The same packet through C and through Python: what arrives is the same."""

    def __init__(self) -> None:
        from rtc.native.packets import NativeFanout
        from rtc.native.reader import NativeReader

        self.now_ns = 5_000_000_000
        self.sinks: list[socket.socket] = []
        self.sides = []
        for made in (NativeFanout, SendEach):
            sock, sink = self.bind(), self.bind()
            fanout = made(sock, Counters(), lambda: self.now_ns)
            outlets = []
            for number in range(3):
                peer = fanout.new_peer()
                peer.set_keys(make_keys())
                peer.move(Stream() if number == 2 else sink.getsockname())
                if number:
                    peer.number_packets(3)
                peer.describe_packets((0, 4, 9)[number])
                outlets.append(peer.new_outlet(1000 + number, ("audio", "video", "video")[number]))
            self.sides.append((fanout, Outlets(outlets)))
            self.sinks.append(sink)
        self.reader = NativeReader(self.sinks[0])
        self.number = 0

    def bind(self) -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        return sock

    def run(self, data: bytes) -> None:
        """data: 12 bytes that say how, then the payload."""
        if len(data) < 12:
            return
        change, step, ticks, wait_ms, allowed, shift = struct.unpack_from("!HHHHHH", data)
        payload = data[12:]
        self.now_ns += wait_ms * 1_000_000
        self.number = max(0, self.number + step % 70 - 4)
        descriptor = payload[: change >> 8 & 63] if change & 32 else b""
        described = parse_vp8(payload)
        kept = Kept(
            self.number, 0x80 | (data[0] & 0x20), data[1] & 0x80, ticks << 16, payload, described.picture_at,
            described.tl0_at, descriptor,
        )  # fmt: skip
        for fanout, outlets in self.sides:
            for outlet in outlets:
                if change & 1:
                    outlet.seq_shift, outlet.ticks_shift = shift, shift << 12
                    outlet.picture_shift, outlet.tl0_shift = shift & 0x7FFF, shift & 0xFF
                if change & 2:
                    outlet.payload_type = change >> 9
                if change & 4:
                    outlet.floor = self.number - 3 + shift % 8
                outlet.repeats = bool(change & 8)
                if change & 16:
                    outlet.peer.allow(allowed * 100)
            fanout.forward(outlets, kept)
            fanout.flush()
        came: list[bytes] = []
        while self.reader.read_burst(lambda buffer, length, source: came.append(bytes(buffer.view[:length])))[0]:
            pass
        theirs = []
        while True:
            try:
                theirs.append(self.sinks[1].recv(4096))
            except BlockingIOError:
                break
        # libsrtp's own state is the same on both sides, so equal packets are equal when encrypted.
        assert came == theirs, (kept, [len(one) for one in came], [len(one) for one in theirs])


class Feedback:
    """Feedback of a viewer through C and through Python."""

    def __init__(self) -> None:
        from rtc.native.packets import NativePeer
        from rtc.sending.peer_plain import PlainPeer

        self.peers: list[Peer] = [NativePeer(), PlainPeer()]
        self.another = NativePeer()
        for peer in (*self.peers, self.another):
            peer.number_packets(3)
        self.now_us = 0
        self.rng = random.Random(1)

    def run(self, data: bytes) -> None:
        """data: how many more were sent, then an RTCP packet."""
        if len(data) < 3:
            return
        for _ in range(int.from_bytes(data[:2], "big") % 96):
            self.now_us += self.rng.randrange(20_000)
            size = self.rng.randrange(60, 1400)
            for peer in (*self.peers, self.another):
                assert peer.sent is not None
                peer.sent.note(7, self.now_us & 0xFFFF, size, self.now_us)
        sent = self.peers[0].sent
        assert sent is not None
        body = bytearray(data[3:])
        if data[2] & 1 and len(body) >= 14:  # near what was sent, so that it gets beyond the first look
            base = (sent.numbers[0] - data[2]) & 0xFFFF
            body[12:14] = base.to_bytes(2, "big")
        for report in parse_rtcp(bytes(body)) or []:
            if isinstance(report, RawFeedback):
                for each in (False, True):
                    found = [peer.match(report.body, each=each) for peer in self.peers]
                    assert found[0] == found[1], (report.body, found)
        # As it comes, too: whatever Python lets through, C must stand.
        self.another.match(bytes(body), each=True)


class Sealed:
    """The same as it comes over the network: encrypted, or only looking so."""

    def __init__(self) -> None:
        from rtc.native.packets import NativePeer

        self.peer = NativePeer()
        policy = Policy(srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM, ssrc_type=Policy.SSRC_ANY_OUTBOUND, key=KEY)
        self.theirs = Session(policy)
        self.peer.set_keys(make_keys())
        self.peer.number_packets(3)
        self.scratch = Scratch()
        self.now_us = 0

    def run(self, data: bytes) -> None:
        """data: as for Feedback."""
        if len(data) < 11 or len(data) > 1200:
            return
        sent = self.peer.sent
        assert sent is not None
        for _ in range(data[1] % 96):
            self.now_us += 2_000
            sent.note(7, self.now_us & 0xFFFF, 1000, self.now_us)
        body = bytearray(data[3:])
        if data[2] & 1 and len(body) >= 14:
            body[12:14] = ((sent.numbers[0] - data[2]) & 0xFFFF).to_bytes(2, "big")
        protected = self.theirs.protect_rtcp(bytes(body))
        for packet in (protected, bytes(body)):
            self.scratch.view[: len(packet)] = packet
            opened = self.peer.open_rtcp(self.scratch, len(packet), each=bool(data[2] & 2))
            if packet is protected and isinstance(opened, bytes):
                assert opened in (b"", bytes(body))


class Reading:
    """Datagrams of any length and content, read in bursts."""

    def __init__(self) -> None:
        from rtc.native.reader import NativeReader

        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.setblocking(False)
        self.out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.reader = NativeReader(self.sock)

    def run(self, data: bytes) -> None:
        """Send it whole and in parts."""
        parts = [data[:9000], data[:2048], data[:2049], b"", *[data[:4]] * 80]  # more than are read at once
        for part in parts:
            self.out.sendto(part, self.sock.getsockname())
        came: list[bytes] = []
        while self.reader.read_burst(lambda buffer, length, source: came.append(bytes(buffer.view[:length])))[0]:
            pass
        assert came == [part[:2048] for part in parts]


class Intake:
    """A publisher's packets through C and through Python: the same leaves, and the same is counted."""

    def __init__(self) -> None:
        self.twins = Twins()
        self.runs = 0

    def run(self, data: bytes) -> None:
        """data: as tests.rtc.twin_intake has it."""
        self.runs += 1
        if self.runs % 200 == 0:
            self.twins.close()
            self.twins = Twins("VP8" if self.runs % 400 else "VP9")
        self.twins.run(data[:600])


def feedback_seeds() -> list[bytes]:
    """Feedback that tells of some packets."""
    rng = random.Random(2)
    seeds = []
    for count in (1, 7, 40, 500, SENT_PACKETS, 2 * SENT_PACKETS):
        arrivals: list[int | None] = [0]
        at = 0
        for _ in range(count - 1):
            at += rng.choice([0, 1, 4, 40, 300])
            arrivals.append(at if rng.random() < 0.9 else None)
        packet = build_transport_feedback(1, 2, 0, arrivals, 1)
        seeds.append(b"\0\x40" + bytes([min(255, count | 1)]) + packet)
    return seeds


def main() -> None:
    """Share the time between the targets."""
    path, seconds, seed = Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    load(path)
    head = struct.pack("!HHHHHH", 0x0200, 5, 7, 20, 5000, 3)
    large = make(random.Random(seed), VP8) + bytes(1400)
    began = time.monotonic()
    fuzz("native feedback", Feedback().run, feedback_seeds(), seconds * 0.25, seed)
    fuzz("native sealed feedback", Sealed().run, feedback_seeds(), seconds * 0.25, seed)
    fuzz("native forward", Forward().run, [head + payload for payload in (*VP8, large)], seconds * 0.2, seed)
    publishers = [make_steps(random.Random(number), 80) for number in range(20)]
    fuzz("native intake", Intake().run, publishers, seconds * 0.2, seed)
    fuzz("native reading", Reading().run, [bytes(range(256)) * 20], seconds * 0.1, seed)
    print(f"clean after {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
