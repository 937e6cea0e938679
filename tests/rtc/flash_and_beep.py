"""A camera that flashes and a microphone that beeps at the same moments, and what a recording of them shows."""

from __future__ import annotations

import array
import asyncio
import functools
import math
import secrets
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av

from core.clock import SystemClock
from rtc.wire.rtcp import build_cname, build_sender_report
from rtc.wire.webm import Format, Muxer, build_opus_head
from tests.rtc.light_client import LightClient

PERIOD_MS, FRAME_MS, PACKET_MS, LONG_MS = 2000, 100, 20, 200
WIDTH, HEIGHT = 160, 120
_NTP_1970 = 2_208_988_800


@functools.cache
def encode_period() -> tuple[list[bytes], list[bytes]]:
    """Encode one period: VP8 frames, the first a keyframe, and Opus packets; it begins with the flash and the beep."""
    video = av.CodecContext.create("libvpx", "w")
    video.width, video.height, video.pix_fmt, video.time_base = WIDTH, HEIGHT, "yuv420p", Fraction(1, 10)
    video.bit_rate = 150_000
    video.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "auto-alt-ref": "0"}
    pictures = []
    for place in range(PERIOD_MS // FRAME_MS):
        picture = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        shade = 235 if place * FRAME_MS < LONG_MS else 16
        for plane, value in zip(picture.planes, (shade, 128, 128), strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        picture.pts = place
        pictures += [bytes(packet) for packet in video.encode(picture)]
    audio = av.CodecContext.create("libopus", "w")
    audio.sample_rate, audio.layout, audio.format, audio.bit_rate = 48000, "stereo", "s16", 48000
    audio.options = {"application": "lowdelay"}
    sounds: list[bytes] = []
    for place in range(PERIOD_MS // PACKET_MS):
        loud = place * PACKET_MS < LONG_MS
        wave = [int(12000 * math.sin(2 * math.pi * 1000 * n / 48000)) if loud else 0 for n in range(960)]
        sound = av.AudioFrame(format="s16", layout="stereo", samples=960)
        sound.sample_rate, sound.pts = 48000, place * 960
        sound.planes[0].update(struct.pack("<1920h", *(value for value in wave for _ in range(2))))
        sounds += [bytes(packet) for packet in audio.encode(sound)]
    assert len(pictures) == PERIOD_MS // FRAME_MS and len(sounds) >= PERIOD_MS // PACKET_MS - 1
    return pictures, (sounds + sounds[-1:])[: PERIOD_MS // PACKET_MS]


def write_track(path: Path, kind: str, periods: int, *, without: tuple[int, ...] = ()) -> Path:
    """Write one track of a recording, as the recorder leaves it: it begins with the flash or the beep.

    without  periods in which nothing comes: the camera is off
    """
    pictures, sounds = encode_period()
    is_video = kind == "video"
    form = Format("VP8", b"", WIDTH, HEIGHT) if is_video else Format("opus", build_opus_head())
    frames, step_ms = (pictures, FRAME_MS) if is_video else (sounds, PACKET_MS)
    muxer = Muxer(form)
    with path.open("wb") as file:
        file.write(muxer.begin())
        for number in range(periods * len(frames)):
            place = number % len(frames)
            if number // len(frames) in without:
                continue
            file.write(muxer.add(number * step_ms, frames[place], keyframe=place == 0))
        file.write(muxer.finish()[0])
    return path


async def perform(
    client: LightClient, ssrc: int, seconds: float, *, lose: Callable[[], bool] = lambda: False, late_ms: int = 0
) -> None:
    """Send sound (ssrc) and picture (ssrc + 1) in real time, with sender reports. late_ms: what encoding the picture takes."""
    pictures, sounds = encode_period()
    clock, wall = SystemClock(), secrets.randbits(20)
    began_ns = clock.monotonic_ns()
    bases = secrets.randbits(32), secrets.randbits(32)
    seqs = [secrets.randbits(14), secrets.randbits(14)]
    sent = [[0, 0], [0, 0]]

    def send(kind: int, payload_type: int, at_ms: int, payload: bytes, marker: bool) -> None:
        seqs[kind] += 1
        sent[kind][0] += 1
        sent[kind][1] += len(payload)
        ticks = bases[kind] + at_ms * (48, 90)[kind]
        if not lose():
            client.send_rtp(ssrc + kind, payload_type, seqs[kind], ticks, payload, marker=marker)

    for at_ms in range(0, int(seconds * 1000), PACKET_MS):
        pause_s = at_ms / 1000 - (clock.monotonic_ns() - began_ns) / 1e9
        if pause_s > 0:
            await asyncio.sleep(pause_s)
        send(0, 111, at_ms, sounds[at_ms % PERIOD_MS // PACKET_MS], False)
        shown_ms = at_ms - late_ms
        if shown_ms >= 0 and shown_ms % FRAME_MS == 0:
            data = pictures[shown_ms % PERIOD_MS // FRAME_MS]
            parts = [data[at : at + 1100] for at in range(0, len(data), 1100)]
            for place, part in enumerate(parts):
                send(1, 96, shown_ms, (b"\x00" if place else b"\x10") + part, place == len(parts) - 1)
        if at_ms % 1000 == 500:
            ntp = (_NTP_1970 + wall << 32) + (began_ns + at_ms * 1_000_000 << 32) // 1_000_000_000
            for kind in (0, 1):
                ticks = (bases[kind] + at_ms * (48, 90)[kind]) & 0xFFFFFFFF
                client.send_rtcp(
                    build_sender_report(ssrc + kind, ntp, ticks, *sent[kind]) + build_cname(ssrc + kind, "x")
                )


def find_flashes(path: Path) -> list[float]:
    """Return when, in ms of the file, the picture turns bright."""
    found, was_bright = [], False
    with av.open(path) as container:
        for picture in container.decode(video=0):
            bright = bytes(picture.planes[0])[WIDTH * HEIGHT // 2] > 120
            assert picture.time is not None
            if bright and not was_bright:
                found.append(picture.time * 1000)
            was_bright = bright
    return found


def find_beeps(path: Path) -> list[float]:
    """Return when, in ms of the file, it turns loud."""
    found, quiet_since = [], -math.inf
    with av.open(path) as container:
        stream = container.streams.audio[0]
        for sound in container.decode(stream):
            assert sound.time is not None
            samples = array.array(
                "f" if "flt" in sound.format.name else "h", bytes(sound.planes[0])[: sound.samples * 4]
            )
            for at in range(0, len(samples), 48):
                at_ms = sound.time * 1000 + at / 48
                if max(map(abs, samples[at : at + 48])) > 0.1:
                    if at_ms - quiet_since > 500:
                        found.append(at_ms)
                    quiet_since = at_ms
    return found
