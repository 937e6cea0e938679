"""Light clients of a selective forwarding unit: senders of hand-made VP8 and Opus, viewers that count and report.

They handshake ICE, DTLS and SRTP, take from an offer what a browser takes, and know nothing of the server behind it.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import os
import secrets
import socket
import struct
import time
from dataclasses import dataclass, field

from aioice import stun

from rtc.kernel.transport_cc_arrivals import Arrivals
from rtc.wire.rtcp import (
    KeyframeAsked,
    ReportBlock,
    build_cname,
    build_receiver_report,
    build_sender_report,
    parse_rtcp,
)
from rtc.wire.sdp import EXT_AUDIO_LEVEL, EXT_MID, EXT_REPAIRED_RID, EXT_RID, EXT_TRANSPORT_CC, Section
from tests.rtc.light_client import LightClient

AUDIO_TYPE, VIDEO_TYPE, REPAIR_TYPE = 111, 96, 97
FRAMES_PER_S = 30
FEEDBACK_S, REPORT_S, CHECK_S = 0.05, 1.0, 2.5
_LEVEL_ID, _NUMBERS_ID, _MID_ID, _RID_ID, _REPAIRED_ID = 1, 3, 4, 5, 6
_NAMED_PACKETS = 50  # with MID and RID; a browser writes them until the first receiver report
_STAMP_BYTES = 8
SO_TIMESTAMPNS = 35  # Linux; a struct timespec beside each datagram
_FILLER = os.urandom(1500)
_TAKEN_EXTENSIONS = {EXT_MID, EXT_AUDIO_LEVEL, EXT_TRANSPORT_CC}
_TAKEN_FEEDBACK = {"nack", "nack pli", "ccm fir", "transport-cc"}
_AUDIO = ["a=rtpmap:111 opus/48000/2", "a=fmtp:111 minptime=10;useinbandfec=1", "a=rtcp-fb:111 transport-cc"]
_VIDEO = ["a=rtpmap:96 VP8/90000", *(f"a=rtcp-fb:96 {one}" for one in ("nack", "nack pli", "ccm fir", "transport-cc"))]
_VIDEO += ["a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96"]


class Client(LightClient):
    """A light client at an address of its own."""

    def __init__(self, address: str, *, keep: bool = False) -> None:
        self._address = address
        self._checking: asyncio.Task[None] | None = None
        super().__init__(keep=keep)

    def _bind(self) -> socket.socket:
        self._here = self._address
        return super()._bind()

    def describe(self, lines: list[tuple[str, str, list[str]]], setup: str) -> str:
        """Write an offer or answer with our one candidate, which Janus waits for."""
        port = self.sock.getsockname()[1]
        candidate = f"a=candidate:1 1 udp 2130706431 {self._address} {port} typ host"
        with_path = [(kind, way, [*attributes, candidate, "a=end-of-candidates"]) for kind, way, attributes in lines]
        return super().describe(with_path, setup)

    async def connect(self) -> None:
        """Connect, and go on checking the path, as browsers do (RFC 7675)."""
        self._checking = asyncio.create_task(self._keep_checking())
        await super().connect()

    async def _keep_checking(self) -> None:
        while True:
            await asyncio.sleep(0.1 if self.dtls.state != "connected" else CHECK_S)
            with contextlib.suppress(TimeoutError):
                await self.check()

    def _take(self, data: bytes) -> None:
        if data[:2] == b"\0\1":
            self._answer_check(data)  # Janus checks us although it says it is ICE-lite
        else:
            super()._take(data)

    def _answer_check(self, data: bytes) -> None:
        request = stun.parse_message(data)
        reply = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, transaction_id=request.transaction_id)
        reply.attributes["XOR-MAPPED-ADDRESS"] = self.remote
        reply.add_message_integrity(self.password.encode())
        self.send_raw(bytes(reply))

    async def close(self, *, politely: bool = True) -> None:
        if self._checking is not None:
            self._checking.cancel()
        await super().close(politely=politely)

    @property
    def srtp_profile(self) -> str:
        """The SRTP profile of the handshake (RFC 5764 4.1.2, RFC 7714 14.2)."""
        assert self.dtls._ssl is not None
        return self.dtls._ssl.get_selected_srtp_profile().decode()


@dataclass
class Stream:
    """One RTP stream of a sender: a microphone's, a camera's, or one simulcast layer of it.

    size      bytes of a packet with its fixed header, without extensions
    rid       name of the layer; empty: the line has no layers
    active    packets go out
    """

    sender: Sender
    kind: str
    rate: int
    size: int
    mid: str
    rid: str = ""
    height: int = 360
    active: bool = True
    ssrc: int = field(default_factory=lambda: secrets.randbits(31) | 1)
    sent: int = 0
    _octets: int = 0
    _in_frame: int = 0
    _picture: int = 0
    _ticks: int = 0

    def send(self, now_ns: int) -> None:
        """Send the next packet; its last bytes are the time (Unix ns)."""
        clock_hz = 48_000 if self.kind == "audio" else 90_000
        if self._in_frame == 0:
            self._ticks = now_ns * clock_hz // 1_000_000_000
        head = b"" if self.kind == "audio" else self._describe()
        room = self.size - 12 - len(head) - _STAMP_BYTES
        payload = head + _FILLER[:room] + struct.pack("!Q", now_ns)
        frame_packets = max(1, self.rate // FRAMES_PER_S) if self.kind == "video" else 1
        self._in_frame = (self._in_frame + 1) % frame_packets
        number = self.sender.next_number()
        extension = bytes([_NUMBERS_ID << 4 | 1]) + struct.pack("!H", number)
        if self.kind == "audio":
            extension += bytes([_LEVEL_ID << 4, 0x80 | 20])
        if self.sent < _NAMED_PACKETS:
            extension += bytes([_MID_ID << 4 | len(self.mid) - 1]) + self.mid.encode()
            if self.rid:
                extension += bytes([_RID_ID << 4 | len(self.rid) - 1]) + self.rid.encode()
        payload_type = AUDIO_TYPE if self.kind == "audio" else VIDEO_TYPE
        last = self._in_frame == 0
        self.sender.send_rtp(
            self.ssrc, payload_type, self.sent, self._ticks, payload, marker=last and self.kind == "video", extension=extension
        )  # fmt: skip
        self.sent += 1
        self._octets += len(payload)

    def _describe(self) -> bytes:
        """Write the VP8 payload descriptor with picture id (RFC 7741 4.2) and how the frame begins (RFC 6386 9.1)."""
        starts = self._in_frame == 0
        keyframe = False
        if starts:
            self._picture = self._picture + 1 & 0x7FFF
            keyframe = self.sent == 0 or self.ssrc in self.sender.keyframes_wanted
            self.sender.keyframes_wanted.discard(self.ssrc)
        head = struct.pack("!BBHBB", 0x90 if starts else 0x80, 0xE0, 0x8000 | self._picture, self._picture & 0xFF, 0)
        if keyframe:
            return head + b"\x10\x00\x00\x9d\x01\x2a" + struct.pack("<HH", self.height * 16 // 9, self.height)
        return head + b"\x11" + bytes(9)

    def build_report(self, now_ns: int) -> bytes:
        """Write the sender's report on this stream."""
        ntp = ((now_ns << 32) // 1_000_000_000) + (2_208_988_800 << 32)
        clock_hz = 48_000 if self.kind == "audio" else 90_000
        ticks = now_ns * clock_hz // 1_000_000_000
        report = build_sender_report(self.ssrc, ntp, ticks, self.sent, self._octets)
        return report + build_cname(self.ssrc, "bench")


class Sender(Client):
    """Publishes a camera, in layers or not, and a microphone. Sends a keyframe where one is asked for."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.streams: list[Stream] = []
        self.keyframes_wanted: set[int] = set()
        self._numbers = itertools.count()

    def add(self, kind: str, rate: int, size: int, *, rid: str = "", height: int = 360) -> Stream:
        """Add a stream; all layers of the camera share one line, which comes first."""
        stream = Stream(self, kind, rate, size, "0" if kind == "video" else "1", rid, height)
        self.streams.append(stream)
        return stream

    def next_number(self) -> int:
        """Count the transport's packets, for its transport-wide numbers."""
        return next(self._numbers) & 0xFFFF

    def offer(self) -> str:
        """Offer what is sent."""
        video = [one for one in self.streams if one.kind == "video"]
        audio = [one for one in self.streams if one.kind == "audio"]
        numbers, mid = f"a=extmap:{_NUMBERS_ID} {EXT_TRANSPORT_CC}", f"a=extmap:{_MID_ID} {EXT_MID}"
        lines = [*_VIDEO, numbers, mid]
        rids = [one.rid for one in video if one.rid]
        if rids:
            lines += [f"a=extmap:{_RID_ID} {EXT_RID}", f"a=extmap:{_REPAIRED_ID} {EXT_REPAIRED_RID}"]
            lines += [*(f"a=rid:{rid} send" for rid in rids), f"a=simulcast:send {';'.join(rids)}"]
        else:
            lines += [f"a=ssrc:{video[0].ssrc} cname:bench"]
        offered = [("video", "sendonly", lines)]
        if audio:
            lines = [
                *_AUDIO,
                f"a=extmap:{_LEVEL_ID} {EXT_AUDIO_LEVEL}",
                numbers,
                mid,
                f"a=ssrc:{audio[0].ssrc} cname:bench",
            ]
            offered.append(("audio", "sendonly", lines))
        return self.describe(offered, "actpass")

    def _take(self, data: bytes) -> None:
        if data[0] > 127 and 191 < data[1] < 224 and self.dtls._rx_srtp is not None:
            for report in parse_rtcp(self.dtls._rx_srtp.unprotect_rtcp(data)) or ():
                if isinstance(report, KeyframeAsked):
                    self.keyframes_wanted.add(report.media_ssrc)
        else:
            super()._take(data)

    def report(self) -> None:
        """Send the sender's reports."""
        now_ns = time.time_ns()
        for stream in self.streams:
            if stream.active and stream.sent:
                self.send_rtcp(stream.build_report(now_ns))


def _read_time(timespec: bytes) -> int:
    seconds, nanoseconds = struct.unpack("=qq", timespec)
    return int(seconds * 1_000_000_000 + nanoseconds)


def negotiate(section: Section) -> list[str]:
    """Write what a browser takes of an offered section: Opus or VP8 with its RTX, known feedback and extensions."""
    lines: list[str] = []
    wanted = {code.payload_type for code in section.codecs.values() if code.name.upper() in ("VP8", "OPUS")}
    for codec in section.codecs.values():
        repairs = codec.name.lower() == "rtx" and codec.parameters.get("apt", "") in map(str, wanted)
        if codec.payload_type not in wanted and not repairs:
            continue
        channels = f"/{codec.channels}" if codec.channels > 1 else ""
        lines.append(f"a=rtpmap:{codec.payload_type} {codec.name}/{codec.clock_hz}{channels}")
        lines += [f"a=rtcp-fb:{codec.payload_type} {one}" for one in codec.feedback if one in _TAKEN_FEEDBACK]
        if codec.parameters:
            settings = ";".join(f"{key}={value}" if value else key for key, value in codec.parameters.items())
            lines.append(f"a=fmtp:{codec.payload_type} {settings}")
    taken = {uri: number for uri, number in section.extensions.items() if uri in _TAKEN_EXTENSIONS}
    return lines + [f"a=extmap:{number} {uri}" for uri, number in taken.items()]


class Viewer(Client):
    """Takes what it is offered, counts the media packets and drops them; writes reports and feedback as negotiated.

    media      media packets that came: no retransmissions, no padding, no RTCP
    keep       every packet is decrypted, and the time it took is in latencies_ms

    A packet arrived when the kernel took it, not when this busy process came to read it: the clients share the machine
    with the server, and their own lateness would look like a narrow line.
    """

    def __init__(self, address: str, *, keep: bool = False) -> None:
        super().__init__(address, keep=keep)
        self.media = self.other = 0
        self.latencies_ms: list[float] = []
        self.taken: list[str] = []
        self._newest: dict[bytes, bytes] = {}
        self._reporting: asyncio.Task[None] | None = None
        self._numbers_id = 0
        self._arrived_ns = 0
        self.on_packet = self._measure

    def _bind(self) -> socket.socket:
        sock = super()._bind()
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        return sock

    def _readable(self, sock: socket.socket) -> None:
        while True:
            try:
                data, notes, _, _ = sock.recvmsg(2048, 64)
            except (BlockingIOError, ConnectionError, OSError):
                return
            if notes:
                self._arrived_ns = _read_time(notes[0][2])
            self._take(data)

    def answer_offer(self, sdp: str) -> str:
        """Answer the server's offer."""
        sections = self.take_remote(sdp).sections
        lines = [(one.kind, "recvonly" if one.sends else "inactive", negotiate(one)) for one in sections]
        known = {uri: number for one in sections for uri, number in one.extensions.items() if uri in _TAKEN_EXTENSIONS}
        self._numbers_id = known.get(EXT_TRANSPORT_CC, 0)
        self.taken = sorted({line for _, _, written in lines for line in written if "rtcp-fb" in line or "rtx" in line})
        self.taken += sorted(f"extension {uri.rpartition('/')[2].rpartition(':')[2]}" for uri in known)
        return self.describe(lines, "active")

    async def join(self) -> None:
        """Connect, and write feedback from now on."""
        await self.connect()
        if self._numbers_id:
            self.tell_arrivals(FEEDBACK_S)
        self._reporting = asyncio.create_task(self._report())

    async def close(self, *, politely: bool = True) -> None:
        if self._reporting is not None:
            self._reporting.cancel()
        await super().close(politely=politely)

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(REPORT_S)
            blocks = [
                ReportBlock(int.from_bytes(ssrc), 0, 0, data[2] << 8 | data[3], 0, 0, 0)
                for ssrc, data in self._newest.items()
            ]
            for at in range(0, len(blocks), 31):
                self.send_rtcp(build_receiver_report(5, blocks[at : at + 31]))

    def _take(self, data: bytes) -> None:
        first, second = data[0], data[1]
        if first < 128:
            super()._take(data)
        elif not 191 < second < 224:
            if second & 0x7F in (VIDEO_TYPE, AUDIO_TYPE) and not first & 0x20:
                self.media += 1
            else:
                self.other += 1
            self._newest[data[8:12]] = data
            if self._arrivals is not None and first & 0x10:
                self._note(self._arrivals, data)
            if self.keep and self.dtls._rx_srtp is not None:
                self._decrypt(data)

    def _note(self, arrivals: Arrivals, data: bytes) -> None:
        at, end = 16, 16 + 4 * (data[14] << 8 | data[15])
        while at < end:  # one-byte elements (RFC 8285 4.2)
            if data[at] >> 4 == self._numbers_id:
                arrivals.note(data[at + 1] << 8 | data[at + 2], self._arrived_ns)
                return
            at += 2 + (data[at] & 15) if data[at] else 1

    def _measure(self, packet: bytes) -> None:
        if packet[1] & 0x7F in (VIDEO_TYPE, AUDIO_TYPE) and not packet[0] & 0x20:
            stamp = struct.unpack("!Q", packet[-_STAMP_BYTES:])[0]
            self.latencies_ms.append((self._arrived_ns - stamp) / 1e6)


async def send_for(seconds: float, senders: list[Sender]) -> int:
    """Send all active streams at their even pace, one spread against the other; give the number of packets."""
    streams = [stream for sender in senders for stream in sender.streams]
    began = time.monotonic()
    due = [(began + index / len(streams) / stream.rate, index) for index, stream in enumerate(streams)]
    heapq.heapify(due)
    sent, report_at, end = 0, began, began + seconds
    while (now := time.monotonic()) < end:
        while due[0][0] <= now:
            at, index = due[0]
            stream = streams[index]
            heapq.heapreplace(due, (at + 1 / stream.rate, index))
            if stream.active:
                stream.send(time.time_ns())
                sent += 1
        if now >= report_at:
            report_at = now + REPORT_S
            for sender in senders:
                sender.report()
        await asyncio.sleep(0.0005)
    return sent
