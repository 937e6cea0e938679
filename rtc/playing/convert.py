"""Makes an Ogg Opus file of any sound file: `python -m rtc.playing.convert PARENT IN OUT LONGEST_S`, in a process of its own.

How it works: the file is decoded twice with FFmpeg's libraries; the first time its loudness is measured (EBU R 128), the
second time it is brought to TARGET_LUFS, limited, and encoded at 48 kHz in frames of 20 ms. Nobody knows what is in the file,
so the process gives up its share of processor time, memory and disk first, and FFmpeg may open nothing but this file.
Prints one JSON object: duration_ms, channels; or error.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from rtc.child import die_with_parent
from rtc.playing.sound import Sound

TARGET_LUFS = -20.0  # about what browsers send of a voice after their gain control
_MAX_GAIN_DB = 30.0
_SILENCE_LUFS = -69.0  # R 128 gates at -70
_RATE_HZ = 48000
_BIT_RATES = {1: 40_000, 2: 64_000}
_LIMITS = {
    resource.RLIMIT_CPU: 90,
    resource.RLIMIT_AS: 1 << 30,
    resource.RLIMIT_FSIZE: 64 << 20,
    resource.RLIMIT_CORE: 0,
}


class Refused(Exception):
    """The file cannot be used; the argument says why: "broken", "no_sound" or "too_long"."""


def limit() -> None:
    """Give up what a conversion never needs."""
    os.nice(10)
    for kind, most in _LIMITS.items():
        resource.setrlimit(kind, (most, most))


def convert(source: Path, target: Path, longest_s: int) -> dict[str, int]:
    """Make the Ogg Opus file; return what it is.

    longest_s   what lasts longer is refused before it is whole
    raises   Refused
    """
    import av

    try:
        loudness, channels = _measure(source, longest_s)
        gain_db = min(TARGET_LUFS - loudness, _MAX_GAIN_DB) if loudness > _SILENCE_LUFS else 0.0
        _encode(source, target, gain_db, min(channels, 2))
    except (av.error.FFmpegError, ValueError, OverflowError) as exc:
        raise Refused("broken") from exc
    with Sound.open(target) as sound:
        if not sound.frames:
            raise Refused("no_sound")
        return {"duration_ms": sound.duration_ms, "channels": sound.channels}


def _measure(source: Path, longest_s: int) -> tuple[float, int]:
    """Return (integrated loudness in LUFS, channels)."""
    loudness, channels, samples = -70.0, 0, 0
    for frame in _filtered(source, [("aresample", str(_RATE_HZ)), ("ebur128", "metadata=1")]):
        samples += frame.samples
        if samples > longest_s * _RATE_HZ:
            raise Refused("too_long")
        channels = len(frame.layout.channels)
        loudness = float(frame.metadata.get("lavfi.r128.I", loudness))
    if not samples:
        raise Refused("no_sound")
    return loudness, channels


def _encode(source: Path, target: Path, gain_db: float, channels: int) -> None:
    import av

    layout = "mono" if channels == 1 else "stereo"
    chain = [
        ("aresample", str(_RATE_HZ)),
        ("aformat", f"sample_fmts=flt:channel_layouts={layout}"),
        ("volume", f"{gain_db:.2f}dB"),
        ("alimiter", "limit=0.89:level=disabled"),
        ("asetnsamples", f"{_RATE_HZ // 50}"),
    ]
    with av.open(str(target), "w", format="ogg") as output:
        options = {"frame_duration": "20", "application": "audio"}
        stream: Any = output.add_stream("libopus", rate=_RATE_HZ, layout=layout, options=options)
        stream.bit_rate = _BIT_RATES[channels]
        for frame in _filtered(source, chain):
            frame.pts = None
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def _filtered(source: Path, chain: list[tuple[str, str]]) -> Iterator[Any]:
    """Give the frames of the file's first sound after a chain of filters. What cannot be decoded is left out."""
    import av
    from av.filter import Graph

    # A play list or a reference film names other files, of the disk or of the network: nothing is whitelisted.
    options = {"protocol_whitelist": "none"}
    with source.open("rb") as file, av.open(file, "r", options=options, metadata_errors="ignore") as container:
        if not container.streams.audio:
            raise Refused("no_sound")
        stream = container.streams.audio[0]
        graph: Any = None
        good = bad = 0
        for packet in container.demux(stream):
            try:
                frames: list[Any] = list(packet.decode())
            except av.error.InvalidDataError:
                bad += 1
                continue
            for frame in frames:
                good += 1
                if graph is None:
                    graph = Graph()
                    parts = [graph.add_abuffer(template=stream)]
                    parts += [graph.add(name, arguments) for name, arguments in [*chain, ("abuffersink", "")]]
                    for before, after in pairwise(parts):
                        before.link_to(after)
                    graph.configure()
                graph.push(frame)
                yield from _pull(graph)
        if bad > good:
            raise Refused("broken")
        if graph is not None:
            graph.push(None)
            yield from _pull(graph)


def _pull(graph: Any) -> Iterator[Any]:
    import av

    while True:
        try:
            yield graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return


def main() -> None:
    """Run as a child of the application: arguments are its process id, the file, the file to make, and how long it may last."""
    parent, source, target, longest_s = sys.argv[1:]
    die_with_parent(int(parent))
    limit()
    try:
        outcome: dict[str, Any] = {**convert(Path(source), Path(target), int(longest_s))}
    except Refused as refused:
        outcome = {"error": str(refused)}
    except MemoryError:
        outcome = {"error": "broken"}
    sys.stdout.write(json.dumps(outcome))


if __name__ == "__main__":
    main()
