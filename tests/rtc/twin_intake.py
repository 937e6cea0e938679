"""The same publisher's packets through the native path and through Python's: what leaves and what is counted is the same."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from struct import pack

from pylibsrtp import Error as SrtpError
from pylibsrtp import Policy, Session

from core.supervise import Supervisor
from rtc.channel.tracks import Kind, Source
from rtc.net.counting import Counters
from rtc.net.dtls import Identity
from rtc.net.fanout import Outlet
from rtc.net.port import UdpPort
from rtc.net.srtp import Scratch, SrtpKeys
from rtc.net.transport import Surroundings
from rtc.room.publishing import PublishTransport
from rtc.room.track import Track
from rtc.sending.choice import choose_packet_path
from rtc.wire.sdp import EXT_AUDIO_LEVEL, EXT_DESCRIPTOR, EXT_TRANSPORT_CC

KEY = bytes(range(28))
AUDIO, VIDEO = 100, 200
_LEVEL, _NUMBERS, _DESCRIPTOR = 1, 3, 5
_IDENTITY = Identity()
_OFFER = "\r\n".join(
    [
        "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1",
        *(
            line
            for mid, kind, payload_type, codec, ssrc in (
                (0, "audio", 111, "opus/48000/2", AUDIO), (1, "video", 96, "CODEC/90000", VIDEO),
            )
            for line in (
                f"m={kind} 9 UDP/TLS/RTP/SAVPF {payload_type}", "c=IN IP4 0.0.0.0", f"a=mid:{mid}", "a=ice-ufrag:abcd",
                "a=ice-pwd:" + 24 * "x", "a=setup:actpass", "a=fingerprint:sha-256 " + ":".join(["00"] * 32), "a=sendonly",
                "a=rtcp-mux", f"a=rtpmap:{payload_type} {codec}", f"a=rtcp-fb:{payload_type} nack",
                f"a=extmap:{_LEVEL} {EXT_AUDIO_LEVEL}", f"a=extmap:{_NUMBERS} {EXT_TRANSPORT_CC}", f"a=ssrc:{ssrc} cname:x",
                f"a=extmap:{_DESCRIPTOR} {EXT_DESCRIPTOR}",
            )
        ),
        "",
    ]
)  # fmt: skip


def receiving_policy() -> Policy:
    """What a viewer decrypts with."""
    return _policy(Policy.SSRC_ANY_INBOUND)


def _policy(kind: int) -> Policy:
    policy = Policy(srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM, ssrc_type=kind, key=KEY)
    policy.allow_repeat_tx = True
    return policy


def _keys() -> SrtpKeys:
    return SrtpKeys(Session(_policy(Policy.SSRC_ANY_INBOUND)), Session(_policy(Policy.SSRC_ANY_OUTBOUND)))


def _bind() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    sock.bind(("127.0.0.1", 0))
    sock.setblocking(False)
    return sock


def _drain(sock: socket.socket) -> list[bytes]:
    came = []
    while True:
        try:
            came.append(sock.recv(4096))
        except BlockingIOError:
            return came


class Side:
    """A publish transport with keys, whose tracks go to one socket."""

    def __init__(self, way: str, codec: str = "VP8") -> None:
        self.now_ns = 5_000_000_000
        self.sock, self.sink, self.out = _bind(), _bind(), _bind()
        self.counters = Counters()
        fanout, reader = choose_packet_path(way, self.sock, self.counters, lambda: self.now_ns)
        self.port = UdpPort(self.sock, self.counters, lambda: self.now_ns, fanout, reader)
        around = Surroundings(
            self.port, self.counters, _IDENTITY, Supervisor(), [], Scratch(), lambda: self.now_ns
        )  # fmt: skip
        self.transport = PublishTransport(around, "anna", "out", lambda transport, change: None)
        self.transport.negotiate(_OFFER.replace("CODEC", codec), {}, self._find_track)
        self.transport.peer.set_keys(_keys())
        self.transport.peer.move(self.out.getsockname())
        self._ours = Session(_policy(Policy.SSRC_ANY_INBOUND))
        self.transport.ssrc, self.transport.state = 7, "connected"
        self.port.assign(self.out.getsockname(), self.transport)
        self.theirs = Session(_policy(Policy.SSRC_ANY_OUTBOUND))
        self.viewers: list[Outlet] = []
        for number in range(2):
            self.watch(number)

    def _find_track(self, source: Source, kind: Kind, codec: str) -> Track:
        return Track("anna", source, kind, codec)

    def watch(self, number: int) -> None:
        """Let one more viewer have all tracks."""
        peer = self.port.fanout.new_peer()
        peer.set_keys(_keys())
        peer.move(self.sink.getsockname())
        if number % 2:
            peer.number_packets(3)
        peer.describe_packets((0, 6, 7)[number % 3])
        for track in self.transport.tracks.values():
            outlet = peer.new_outlet(1000 + 10 * number + (track.kind == "video"), track.kind)
            outlet.payload_type = 96
            track.layers[0].outlets.append(outlet)
            self.viewers.append(outlet)

    def send(self, packets: list[bytes]) -> None:
        """Send packets, encrypted, and let the port read them as one burst."""
        for packet in packets:
            try:
                self.out.sendto(self.theirs.protect(packet), self.sock.getsockname())
            except SrtpError:
                continue
        before = -1
        while before != (before := self.counters.values.get("datagrams_in", 0)):
            self.port._read_burst()

    def take(self) -> list[bytes]:
        """Give what went to viewers since the last call."""
        return _drain(self.sink)

    def take_told(self) -> list[bytes]:
        """Give what the publisher was told since the last call, decrypted; two bursts may tell in another order."""
        return [self._ours.unprotect_rtcp(packet) for packet in _drain(self.out)]

    def state(self) -> dict[str, object]:
        """Everything that is counted."""
        found: dict[str, object] = {"drops": {k: v for k, v in self.counters.values.items() if k.startswith("drop.")}}
        transport = self.transport
        found["forwarded"] = self.counters.values.get("forwarded", 0)
        found["silence"] = self.counters.values.get("silence_left_out", 0)
        found["voice"] = transport.voice._numbers.tolist()
        found["heard"] = transport.heard_at_ns
        for track in transport.tracks.values():
            layer = track.layers[0]
            found[track.kind] = (
                layer.line._numbers.tolist(), layer.reception._numbers.tolist(), layer._numbers.tolist(), len(layer.missing),
                layer.alive, layer.history.size, layer.silence._numbers.tolist(),
            )  # fmt: skip
            kept = [layer.history.find(number) for number in range(layer.newest - 40, layer.newest + 1)]
            found[f"kept {track.kind}"] = hash(tuple(kept))
        return found

    def close(self) -> None:
        """Give the sockets back."""
        self.port.release(self.out.getsockname())
        for sock in (self.sock, self.sink, self.out):
            sock.close()


class Twins:
    """The native path and Python's, beside each other."""

    def __init__(self, codec: str = "VP8") -> None:
        self.sides = [Side("native", codec), Side("each", codec)]
        self._audio = self._video = self._number = 0
        self._picture = 0
        self._quiet = 0

    def run(self, data: bytes) -> None:
        """Play what the data say, and compare."""
        stream = iter(data)
        burst: list[bytes] = []
        for step in stream:
            if step == 255:
                self._change(next(stream, 0))
            else:
                packet = self._packet(step, stream)
                burst.append(packet)
            if step % 4 == 0 or step == 255:
                self._send(burst)
                burst = []
        self._send(burst)

    def _send(self, burst: list[bytes]) -> None:
        for side in self.sides:
            side.now_ns += 3_000_000
            side.send(burst)
            side.transport.tick(side.now_ns)  # what is missing is asked for at bursts in Python's way, at ticks in both
            side.port.fanout.flush()
        came = [side.take() for side in self.sides]
        assert came[0] == came[1], (len(came[0]), len(came[1]))
        told = [sorted(side.take_told()) for side in self.sides]
        assert told[0] == told[1], told
        states = [side.state() for side in self.sides]
        for name, found in states[0].items():
            assert found == states[1][name], (name, found, states[1][name])

    def _change(self, what: int) -> None:
        if what >= 128:
            self._quiet = 0 if self._quiet else 127  # a microphone that falls silent, or is heard again
        for side in self.sides:
            layers = [layer for track in side.transport.tracks.values() for layer in track.layers]
            layer = layers[what & 1]
            if what & 14 == 0 and len(side.viewers) < 40:
                side.watch(len(side.viewers) // 2)
            elif what & 14 == 2 and len(layer.outlets) > 1:
                layer.outlets.pop()
            elif what & 14 == 4:
                layer.settle_rate()
            elif what & 14 == 6:
                layer.begin_stream(layer.ssrc)
            elif what & 14 == 8:
                side.now_ns += 2_000_000_000
                layer.track.tend(side.now_ns)
            elif what & 14 == 10:
                side.transport.report(side.now_ns)
                side.port.fanout.flush()
            elif what & 14 == 12:
                side.now_ns += 250_000_000
            else:
                for outlet in layer.outlets:
                    outlet.seq_shift = what << 3

    def _packet(self, step: int, stream: Iterator[int]) -> bytes:
        # Mostly what follows, as a publisher sends it.
        about, more = next(stream, 0), next(stream, 0)
        is_video = bool(step & 1)
        skip = {2: 2, 6: 3, 10: -1, 14: 40, 18: -5, 22: 4000}.get(step & 0xFE, 1)
        if is_video:
            self._video = (self._video + skip) & 0xFFFF
        else:
            self._audio = (self._audio + skip) & 0xFFFF
        seq = self._video if is_video else self._audio
        ticks = (seq // 3 * 3000 if is_video else seq * 960) & 0xFFFFFFFF
        self._number = (self._number + (1 if about & 0x70 else more)) & 0xFFFF
        extension = b""
        if about & 1:
            extension += bytes([_NUMBERS << 4 | 1]) + pack("!H", self._number)
        if about & 2:
            extension += bytes([_LEVEL << 4, self._quiet or more])
        if is_video and about & 64:
            size = 1 + more % 16
            extension += bytes([_DESCRIPTOR << 4 | size - 1]) + bytes(
                (about * 3 + at * more) & 0xFF for at in range(size)
            )
        if about & 4:
            extension += bytes([more, about, 0])
        first = 0x80 | (0x10 if extension else 0) | (0x20 if step == 32 else 0) | (1 if step == 34 else 0)
        payload_type = 77 if step == 36 else 96 if is_video else 111
        head = pack(
            "!BBHII", first, payload_type | (0x80 if about & 8 else 0), seq, ticks, VIDEO if is_video else AUDIO
        )
        if step == 34:
            head += pack("!I", 9)
        if extension:
            extension += bytes(-len(extension) % 4)
            head += pack("!HH", 0x1000 if step == 38 else 0xBEDE, len(extension) // 4) + extension
        return head + (self._picture_payload(step, about, more) if is_video else bytes([about, more]) * (about % 40))

    def _picture_payload(self, step: int, about: int, more: int) -> bytes:
        if step == 41:
            return bytes([about, more] * 3)[: more % 7]
        begins = about & 16 != 0
        self._picture = (self._picture + begins) & 0x7FFF
        if step == 43:
            self._picture = more << 7
        descriptor = bytes([0x90 if begins else 0x80, 0xE0])
        descriptor += pack("!HBB", 0x8000 | self._picture, more, (about >> 5 & 3) << 6 if step % 16 < 4 else 0)
        keyframe = begins and step in (1, 45)
        return descriptor + (b"\x00" if keyframe else b"\x01") + b"\0\0\x9d\x01\x2a\x40\x01\xf0\x00" + bytes(more * 5)

    def close(self) -> None:
        """Give everything back."""
        for side in self.sides:
            side.close()


def make_steps(rng: random.Random, count: int) -> bytes:
    """Make the data of a publisher that is mostly well, with some of everything."""
    steps = bytearray([1, 0x11, 5, 0, 0x13, 9] * 3)
    for _ in range(count):
        step = rng.randrange(64, 255) if rng.random() < 0.9 else rng.randrange(256)
        steps += bytes(
            [step, rng.randrange(256) | 0x21, rng.randrange(256)] if step != 255 else [255, rng.randrange(256)]
        )
    return bytes(steps)
