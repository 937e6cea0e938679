"""Other people's WebRTC: aiortc both ways, FFmpeg's WHIP muxer."""

from __future__ import annotations

import asyncio
import fractions
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamTrack, VideoStreamTrack
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from OpenSSL import SSL

from rtc.channel.events import MediaEvent, TransportClosed, TransportConnected
from rtc.channel.media_channel import MediaChannel
from rtc.channel.replies import Answered, Offered
from rtc.channel.requests import Answer, CloseTransport, OpenRoom, Publish, Receive, ReceiveOffered
from tests.rtc.light_client import CERTIFICATE, until

pytestmark = pytest.mark.alone

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """aioice leaves the loopback out when it lists addresses."""
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])


class Picture(VideoStreamTrack):
    """Small pictures at 15 per second."""

    async def recv(self):
        from av import VideoFrame

        frame = VideoFrame(320, 180, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        self._number = getattr(self, "_number", -1) + 1
        frame.pts, frame.time_base = self._number * 6000, fractions.Fraction(1, 90000)
        await asyncio.sleep(1 / 15)
        return frame


async def _decode(track: MediaStreamTrack) -> Any:
    """Decode five frames; return the fifth."""
    frames = [await asyncio.wait_for(track.recv(), 10) for _ in range(5)]
    return frames[-1]


async def _publish(channel: MediaChannel, participant: str) -> RTCPeerConnection:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.addTrack(AudioStreamTrack())
    connection.addTrack(Picture())
    await connection.setLocalDescription(await connection.createOffer())
    sdp = connection.localDescription.sdp
    reply = await channel.request(Publish("r", participant, f"{participant}-tx", sdp, {}))
    assert isinstance(reply, Answered)
    await connection.setRemoteDescription(RTCSessionDescription(reply.sdp, "answer"))
    return connection


async def test_aiortc_publishes_and_receives(local_channel: MediaChannel) -> None:
    await local_channel.request(OpenRoom("r"))
    publisher = await _publish(local_channel, "anna")
    receiver = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    tracks: list[MediaStreamTrack] = []
    receiver.on("track", tracks.append)
    offered = await local_channel.request(Receive("r", "bert", "bert-rx"))
    assert isinstance(offered, Offered)
    await receiver.setRemoteDescription(RTCSessionDescription(offered.sdp, "offer"))
    await receiver.setLocalDescription(await receiver.createAnswer())
    answer = receiver.localDescription.sdp
    await local_channel.request(Answer("r", "bert", "bert-rx", offered.offer_id, answer))
    assert {track.kind for track in tracks} == {"audio", "video"}
    for track in tracks:
        frame = await _decode(track)
        if track.kind == "video":
            assert (frame.width, frame.height) == (320, 180)
    await publisher.close()
    await receiver.close()


async def test_aiortc_views_by_its_own_offer(local_channel: MediaChannel) -> None:
    await local_channel.request(OpenRoom("r"))
    publisher = await _publish(local_channel, "anna")
    viewer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    tracks: list[MediaStreamTrack] = []
    viewer.on("track", tracks.append)
    for kind in ("audio", "video"):
        viewer.addTransceiver(kind, direction="recvonly")
    await viewer.setLocalDescription(await viewer.createOffer())
    reply = await local_channel.request(ReceiveOffered("r", "bert", "bert-rx", viewer.localDescription.sdp))
    assert isinstance(reply, Answered)
    await viewer.setRemoteDescription(RTCSessionDescription(reply.sdp, "answer"))
    for track in tracks:
        await _decode(track)
    await publisher.close()
    await viewer.close()


def _write_certificate(folder: Path) -> list[str]:
    """Write a P-256 certificate as RFC 8827 6.5 wants it; FFmpeg on GnuTLS makes itself one on P-224."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(CERTIFICATE._cert.public_bytes(Encoding.PEM))
    key.write_bytes(CERTIFICATE._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return [f"cert_file={certificate}", f"key_file={key}"]


# OpenSSL 4 knows P-224 no more.
DEFAULTS = [("passive", False)] if SSL.OPENSSL_VERSION_NUMBER < 0x40000000 else []


@pytest.mark.parametrize(("role", "p256"), [("passive", True), ("active", True), *DEFAULTS])
async def test_ffmpeg_publishes_by_whip(worker_channel: MediaChannel, tmp_path: Path, role: str, p256: bool) -> None:
    events: list[MediaEvent] = []
    offers: list[str] = []
    worker_channel.listen(events.append)
    await worker_channel.request(OpenRoom("r"))

    async def whip(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer secret"
        offers.append(await request.text())
        reply = await worker_channel.request(Publish("r", "ffmpeg", "ffmpeg-tx", offers[-1], {}))
        assert isinstance(reply, Answered)
        return web.Response(status=201, text=reply.sdp, content_type="application/sdp", headers={"Location": "/whip/1"})

    async def delete(request: web.Request) -> web.Response:
        await worker_channel.request(CloseTransport("r", "ffmpeg-tx"))
        return web.Response()

    app = web.Application()
    app.router.add_post("/whip", whip)
    app.router.add_delete("/whip/1", delete)
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/whip"
    options = ["authorization=secret"]
    if role == "active":
        options.append("whip_flags=dtls_active")
    if p256:
        options += _write_certificate(tmp_path)
    process = subprocess.Popen([sys.executable, "-m", "tests.rtc.whip_publisher", url, "6", *options], cwd=ROOT)
    try:
        await until(lambda: TransportConnected("r", "ffmpeg", "ffmpeg-tx", "publish") in events, 20)
        assert f"a=setup:{role}" in offers[0]
        # The aiortc viewer decodes its H.264 and Opus.
        viewer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        tracks: list[MediaStreamTrack] = []
        viewer.on("track", tracks.append)
        offered = await worker_channel.request(Receive("r", "bert", "bert-rx"))
        assert isinstance(offered, Offered)
        assert [line.source for line in offered.lines] == ["microphone", "camera"]
        await viewer.setRemoteDescription(RTCSessionDescription(offered.sdp, "offer"))
        await viewer.setLocalDescription(await viewer.createAnswer())
        answer = viewer.localDescription.sdp
        await worker_channel.request(Answer("r", "bert", "bert-rx", offered.offer_id, answer))
        for track in tracks:
            frame = await _decode(track)
            if track.kind == "video":
                assert (frame.width, frame.height) == (640, 360)
        await until(
            lambda: any(isinstance(one, TransportClosed) and one.participant_id == "ffmpeg" for one in events), 20
        )
        await viewer.close()
    finally:
        process.kill()
        process.wait()
        await runner.cleanup()
