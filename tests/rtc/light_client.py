"""A WebRTC client of a few lines: STUN, DTLS and SRTP over one socket, every packet in the test's hands."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

from aioice import stun
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport
from pylibsrtp import Error as SrtpError

from rtc.channel.media_channel import MediaChannel
from rtc.channel.replies import Answered, Offered
from rtc.channel.requests import Answer, Publish, Receive, ReceiveOffered
from rtc.channel.tracks import Source
from rtc.kernel.transport_cc_arrivals import Arrivals
from rtc.wire.sdp import EXT_AUDIO_LEVEL, EXT_MID, EXT_TRANSPORT_CC, Description, Section, parse_sdp

CERTIFICATE = RTCCertificate.generateCertificate()
OPUS = ["a=rtpmap:111 opus/48000/2", "a=fmtp:111 minptime=10;useinbandfec=1", "a=rtcp-fb:111 transport-cc"]
VP8 = ["a=rtpmap:96 VP8/90000", "a=rtcp-fb:96 nack", "a=rtcp-fb:96 nack pli", "a=rtcp-fb:96 transport-cc"]
RTX = ["a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96"]
EXTENSIONS = [f"a=extmap:1 {EXT_AUDIO_LEVEL}", f"a=extmap:3 {EXT_TRANSPORT_CC}", f"a=extmap:4 {EXT_MID}"]
VP8_KEYFRAME = b"\x10\x50"
VP8_DELTA = b"\x10\x51"


class _Ice:
    def __init__(self, client: LightClient) -> None:
        self.role = "controlling"
        self.incoming: asyncio.Queue[bytes] = asyncio.Queue()
        self._client = client

    async def _recv(self) -> bytes:
        return await self.incoming.get()

    async def _send(self, data: bytes) -> None:
        self._client.send_raw(data)


class LightClient:
    """One transport of a client.

    packets    decrypted RTP that came; only when `keep` is set
    reports    decrypted RTCP that came
    lose       so many of the next RTP datagrams go, still encrypted, to `lost` instead
    """

    def __init__(self, *, keep: bool = True) -> None:
        self.keep = keep
        self.packets: list[bytes] = []
        self.reports: list[bytes] = []
        self.datagrams = 0
        self.broken = 0
        self.on_packet: Any = None
        self.lose = 0
        self.lost: list[bytes] = []
        self.newest = b""
        self.ufrag = secrets.token_hex(4)
        self.password = secrets.token_hex(12)
        self.remote: tuple[str, int] = ("127.0.0.1", 9)
        self._remote_section: Section | None = None
        self._answers: dict[bytes, asyncio.Future[stun.Message]] = {}
        self._arrivals: Arrivals | None = None
        self._telling: asyncio.Task[None] | None = None
        self._here = "127.0.0.1"
        self._ice = _Ice(self)
        self.dtls = RTCDtlsTransport(self._ice, [CERTIFICATE])  # type: ignore[arg-type]
        self.sock = self._bind()

    def _bind(self) -> socket.socket:
        sock = socket.socket(socket.AF_INET6 if ":" in self._here else socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        sock.bind((self._here, 0))
        asyncio.get_running_loop().add_reader(sock.fileno(), self._readable, sock)
        return sock

    def move(self) -> None:
        """Go on from another port, as after a network change."""
        asyncio.get_running_loop().remove_reader(self.sock.fileno())
        self.sock.close()
        self.sock = self._bind()

    def hand_over(self) -> None:
        """Read the socket no more: somebody else does, who can use send() on it."""
        asyncio.get_running_loop().remove_reader(self.sock.fileno())
        self.sock.connect(self.remote)

    async def close(self, *, politely: bool = True) -> None:
        """End; politely sends the DTLS close alert."""
        if politely:
            await self.dtls.stop()
        elif self.dtls._task is not None:
            self.dtls._task.cancel()
        if self._telling is not None:
            self._telling.cancel()
        asyncio.get_running_loop().remove_reader(self.sock.fileno())
        self.sock.close()

    # SDP

    def describe(self, lines: list[tuple[str, str, list[str]]], setup: str) -> str:
        """Write an offer or answer. lines: (kind, direction, attribute lines)."""
        mark = CERTIFICATE.getFingerprints()[0]
        text = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0"]
        text.append("a=group:BUNDLE " + " ".join(str(index) for index in range(len(lines))))
        for index, (kind, direction, attributes) in enumerate(lines):
            types = [line.split(":")[1].split()[0] for line in attributes if line.startswith("a=rtpmap")]
            text += [f"m={kind} 9 UDP/TLS/RTP/SAVPF {' '.join(types)}", "c=IN IP4 0.0.0.0", f"a=mid:{index}"]
            text += [f"a=ice-ufrag:{self.ufrag}", f"a=ice-pwd:{self.password}", f"a=setup:{setup}"]
            text += [f"a=fingerprint:{mark.algorithm} {mark.value}", f"a={direction}", "a=rtcp-mux", *attributes]
        return "\r\n".join(text) + "\r\n"

    def publish_offer(self, *, audio_ssrc: int = 0, video_ssrc: int = 0, setup: str = "actpass") -> str:
        """Offer Opus and VP8; without SSRC in the SDP when it is 0 (then known by MID)."""
        audio = [*OPUS, *EXTENSIONS] + ([f"a=ssrc:{audio_ssrc} cname:x"] if audio_ssrc else [])
        video = [*VP8, *EXTENSIONS[1:]] + ([f"a=ssrc:{video_ssrc} cname:x"] if video_ssrc else [])
        return self.describe([("audio", "sendonly", audio), ("video", "sendonly", video)], setup)

    def view_offer(self, *, audio: int = 1, video: int = 1, modern: bool = False) -> str:
        """Offer to receive, as WHEP does; modern: with transport-wide numbers and RTX."""
        extra = EXTENSIONS[1:2] if modern else []
        lines = [("audio", "recvonly", [*OPUS, *extra])] * audio
        lines += [("video", "recvonly", [*VP8, *(RTX if modern else []), *extra])] * video
        return self.describe(lines, "actpass")

    def answer(self, offer: str, setup: str = "active", *, modern: bool = False) -> str:
        """Answer the server's offer; modern: with transport-wide numbers and RTX, as browsers do."""
        lines = []
        for section in parse_sdp(offer).sections:
            direction = "recvonly" if section.sends else "inactive"
            attributes = VP8 if section.kind == "video" else [line for line in OPUS if "transport" not in line]
            if modern:
                attributes = [*attributes, f"a=extmap:{section.extensions[EXT_TRANSPORT_CC]} {EXT_TRANSPORT_CC}"]
                attributes += RTX if section.kind == "video" else []
            lines.append((section.kind, direction, attributes))
        return self.describe(lines, setup)

    def take_remote(self, sdp: str) -> Description:
        """Take the server's offer or answer."""
        description = parse_sdp(sdp)
        section = next(one for one in description.sections if not one.is_rejected)
        self._remote_section = section
        self._reach(section.candidates)
        return description

    def take_restart(self, section: Section) -> None:
        """Take the server's new ICE credentials."""
        assert self._remote_section is not None
        self._remote_section.ufrag, self._remote_section.password = section.ufrag, section.password

    def _reach(self, candidates: list[str]) -> None:
        words = candidates[0].split()
        self.remote = (words[4], int(words[5]))
        if ":" in words[4] and self.sock.family == socket.AF_INET:
            self._here = "::1"
            self.move()

    # Connecting

    async def connect(self) -> None:
        """Check the path and shake hands; take_remote() first."""
        await self.check()
        section = self._remote_section
        assert section is not None
        # The server's a=setup: passive or actpass makes us the client.
        self.dtls._set_role("server" if section.setup == "active" else "client")
        marks = [RTCDtlsFingerprint(algorithm, digest) for algorithm, digest in section.fingerprints]
        async with asyncio.timeout(10):
            await self.dtls.start(RTCDtlsParameters(marks))
        assert self.dtls.state == "connected", self.dtls.state

    def tell_arrivals(self, interval_s: float = 0.05) -> None:
        """Write transport-wide feedback from now on."""
        self._arrivals = Arrivals()
        self._telling = asyncio.create_task(self._tell(self._arrivals, interval_s))

    async def _tell(self, arrivals: Arrivals, interval_s: float) -> None:
        while True:
            await asyncio.sleep(interval_s)
            for packet in arrivals.build_feedback(5, 6):
                self.send_rtcp(packet)

    async def check(self, *, nominate: bool = True, password: str | None = None, tries: int = 20) -> stun.Message:
        """Send connectivity checks until one is answered."""
        section = self._remote_section
        assert section is not None
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        request.attributes["USERNAME"] = f"{section.ufrag}:{self.ufrag}"
        request.attributes["PRIORITY"] = 1
        request.attributes["ICE-CONTROLLING"] = 1
        if nominate:
            request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity((password or section.password).encode())
        future: asyncio.Future[stun.Message] = asyncio.get_running_loop().create_future()
        self._answers[request.transaction_id] = future
        for _ in range(tries):
            self.send_raw(bytes(request))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    return await asyncio.shield(future)
        raise TimeoutError

    def _readable(self, sock: socket.socket) -> None:
        while True:
            try:
                data = sock.recv(2048)
            except (BlockingIOError, ConnectionError, OSError):
                return
            self._take(data)

    def _take(self, data: bytes) -> None:
        self.datagrams += 1
        self.newest = data
        first = data[0]
        if first < 4:
            message = stun.parse_message(data)
            future = self._answers.pop(message.transaction_id, None)
            if future is not None and not future.done():
                future.set_result(message)
        elif 19 < first < 64:
            self._ice.incoming.put_nowait(data)
        elif self._arrivals is not None and first in (0x90, 0xB0) and not 191 < data[1] < 224:
            # Header extensions are not encrypted.
            self._arrivals.note(data[17] << 8 | data[18], time.monotonic_ns())
        if first > 127 and self.keep and self.dtls._rx_srtp is not None:
            self._decrypt(data)

    def _decrypt(self, data: bytes) -> None:
        try:
            if not 191 < data[1] < 224 and self.lose:
                self.lose -= 1
                self.lost.append(data)
            elif 191 < data[1] < 224:
                self.reports.append(self.dtls._rx_srtp.unprotect_rtcp(data))
            else:
                packet = self.dtls._rx_srtp.unprotect(data)
                if self.on_packet is not None:
                    self.on_packet(packet)
                else:
                    self.packets.append(packet)
        except SrtpError:
            self.broken += 1

    # Sending

    def send_raw(self, data: bytes) -> None:
        """Send one datagram as it is."""
        with contextlib.suppress(OSError):
            self.sock.sendto(data, self.remote)

    def send_rtp(
        self, ssrc: int, payload_type: int, seq: int, ticks: int, payload: bytes, *, marker: bool = False, extension: bytes = b""
    ) -> None:  # fmt: skip
        """Send one RTP packet. extension: one-byte elements, padded here."""
        first = 0x90 if extension else 0x80
        second = payload_type | (0x80 if marker else 0)
        head = struct.pack("!BBHII", first, second, seq & 0xFFFF, ticks & 0xFFFFFFFF, ssrc)
        if extension:
            extension += bytes(-len(extension) & 3)
            head += struct.pack("!HH", 0xBEDE, len(extension) // 4) + extension
        self.send_raw(self.dtls._tx_srtp.protect(head + payload))

    def send_rtcp(self, packet: bytes) -> None:
        """Send one compound RTCP packet."""
        self.send_raw(self.dtls._tx_srtp.protect_rtcp(packet))


def make_payload(number: int, size: int = 200, *, keyframe: bool = False) -> bytes:
    """Make a VP8-shaped payload that tells its number."""
    head = VP8_KEYFRAME if keyframe else VP8_DELTA
    return head + struct.pack("!I", number) + os.urandom(size - 6)


def read_payload(packet: bytes) -> tuple[int, int, int, int]:
    """Return (wire sequence number, timestamp, SSRC, number of make_payload) of a packet without extensions."""
    _, _, seq, ticks, ssrc = struct.unpack_from("!BBHII", packet)
    return seq, ticks, ssrc, struct.unpack_from("!I", packet, 14)[0]


async def publish(
    channel: MediaChannel,
    participant: str,
    *,
    ssrc: int = 0,
    transport_id: str | None = None,
    setup: str = "actpass",
    client: LightClient | None = None,
) -> LightClient:
    """Join room "r" as a publisher of a microphone and a camera; SSRCs are ssrc and ssrc + 1, or told by MID."""
    client = client or LightClient()
    offer = client.publish_offer(audio_ssrc=ssrc, video_ssrc=ssrc + 1 if ssrc else 0, setup=setup)
    sources: dict[str, Source] = {"0": "microphone", "1": "camera"}
    reply = await channel.request(Publish("r", participant, transport_id or f"{participant}-tx", offer, sources))
    assert isinstance(reply, Answered)
    client.take_remote(reply.sdp)
    await client.connect()
    return client


async def receive(
    channel: MediaChannel, participant: str, *, modern: bool = False, client: LightClient | None = None
) -> tuple[LightClient, Offered]:
    """Join room "r" as a viewer of whatever is offered now; modern: with transport-wide numbers and RTX."""
    client = client or LightClient()
    offered = await channel.request(Receive("r", participant, f"{participant}-rx"))
    assert isinstance(offered, Offered)
    client.take_remote(offered.sdp)
    answer = client.answer(offered.sdp, modern=modern)
    await channel.request(Answer("r", participant, f"{participant}-rx", offered.offer_id, answer))
    await client.connect()
    return client, offered


async def view(channel: MediaChannel, participant: str, show: str | None = None) -> LightClient:
    """Join room "r" as a WHEP viewer with one audio and one video line."""
    client = LightClient()
    request = ReceiveOffered("r", participant, f"{participant}-rx", client.view_offer(), show)
    reply = await channel.request(request)
    assert isinstance(reply, Answered)
    client.take_remote(reply.sdp)
    await client.connect()
    return client


async def until(condition: Callable[[], Any], seconds: float = 5.0) -> Any:
    """Wait until the condition gives something true, and return that."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not (found := condition()):
        assert asyncio.get_running_loop().time() < deadline, "it did not happen"
        await asyncio.sleep(0.005)
    return found
