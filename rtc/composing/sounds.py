"""The sound of a composed file: all tracks that sound at a moment, added up, never louder than full scale.

How it works: each track gives blocks of 20 ms at their place on the recording's clock, silent where it has none; blocks
that are silent are left out, and FFmpeg's libraries add up the others and limit the sum.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, BinaryIO

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.filter import Graph

from rtc.composing.reading import read_frames

RATE_HZ = 48000
BLOCK = RATE_HZ // 50
_SAMPLE_BYTES = 8  # two channels, float
_SILENCE = bytes(BLOCK * _SAMPLE_BYTES)
# Times that are off by less go on where the last sound ended; a correction of the recorder's clock is smaller.
_SNAP = RATE_HZ // 100
_FORMAT = f"sample_rate={RATE_HZ}:sample_fmt=flt:channel_layout=stereo:time_base=1/{RATE_HZ}"


class SoundTrack:
    """One microphone or shared sound, decoded as far as it is needed. Places are samples of the recording's clock.

    sounded   something of it could be decoded
    """

    def __init__(self, file: BinaryIO, start_s: float, end_s: float) -> None:
        self.start_s, self.end_s = start_s, end_s
        self.sounded = False
        self._file = file
        self._chunks: Iterator[tuple[int, bytes]] | None = None
        self._chunk: tuple[int, bytes] | None = None

    def take(self, at: int) -> bytes:
        """Return the block that begins at a place; blocks are taken in order."""
        if self._chunks is None:
            self._chunks = self._decode()
            self._chunk = next(self._chunks, None)
        block: bytearray | None = None
        while self._chunk is not None:
            place, content = self._chunk
            if place >= at + BLOCK:
                break
            end = place + len(content) // _SAMPLE_BYTES
            first, last = max(place, at), min(end, at + BLOCK)
            if first < last:
                block = block or bytearray(_SILENCE)
                part = content[(first - place) * _SAMPLE_BYTES : (last - place) * _SAMPLE_BYTES]
                block[(first - at) * _SAMPLE_BYTES : (last - at) * _SAMPLE_BYTES] = part
            if end > at + BLOCK:
                break
            self._chunk = next(self._chunks, None)
        return _SILENCE if block is None else bytes(block)

    def close(self) -> None:
        """Give back what decoding holds."""
        self._chunks = self._chunk = None
        self._file.close()

    def _decode(self) -> Iterator[tuple[int, bytes]]:
        resampler = AudioResampler(format="flt", layout="stereo", rate=RATE_HZ)
        end = None
        for frame in read_frames(self._file, "audio"):
            self.sounded = True
            place = round((frame.time + self.start_s) * RATE_HZ)
            if end is not None and abs(place - end) <= _SNAP:
                place = end
            for sound in resampler.resample(frame):
                yield place, bytes(sound.planes[0])[: sound.samples * _SAMPLE_BYTES]
                place += sound.samples
            end = place


class Mixer:
    """Adds blocks up. One graph for each number of blocks that was met: they keep nothing from one block to the next."""

    def __init__(self) -> None:
        self._sums: dict[int, tuple[list[Any], Any]] = {}
        self._limiter, self._limited = _limiter()
        self._at = 0

    def mix(self, blocks: list[bytes]) -> Iterator[AudioFrame]:
        """Give the next 20 ms of all blocks together; the sum comes out 5 ms, or a block, later."""
        loud = [block for block in blocks if block is not _SILENCE and block.count(0) != len(block)]
        frame = _frame(loud[0] if loud else _SILENCE, self._at) if len(loud) < 2 else self._sum(loud)
        self._at += BLOCK
        self._limiter.push(frame)
        yield from _pull(self._limited)

    def end(self) -> Iterator[AudioFrame]:
        """Give what is left."""
        self._limiter.push(None)
        yield from _pull(self._limited)

    def _sum(self, blocks: list[bytes]) -> AudioFrame:
        count = len(blocks)
        if count not in self._sums:
            self._sums[count] = _adder(count)
        sources, sink = self._sums[count]
        for source, block in zip(sources, blocks, strict=True):
            source.push(_frame(block, self._at))
        (summed,) = _pull(sink)
        summed.pts = self._at
        return summed


def _frame(block: bytes, at: int) -> AudioFrame:
    frame = AudioFrame(format="flt", layout="stereo", samples=BLOCK)
    frame.sample_rate, frame.pts = RATE_HZ, at
    frame.planes[0].update(block)
    return frame


def _adder(count: int) -> tuple[list[Any], Any]:
    graph = Graph()
    sources = [graph.add("abuffer", _FORMAT) for _ in range(count)]
    adder = graph.add("amix", f"inputs={count}:normalize=0")
    form, sink = graph.add("aformat", "sample_fmts=flt:channel_layouts=stereo"), graph.add("abuffersink")
    for place, source in enumerate(sources):
        source.link_to(adder, 0, place)
    adder.link_to(form)
    form.link_to(sink)
    graph.configure()
    return [_Held(graph, source) for source in sources], _Held(graph, sink)


def _limiter() -> tuple[Any, Any]:
    graph = Graph()
    parts = [
        graph.add("abuffer", _FORMAT),
        graph.add("alimiter", "limit=0.95:level=disabled:latency=1"),
        graph.add("aformat", "sample_fmts=flt:channel_layouts=stereo"),
        graph.add("asetnsamples", f"{BLOCK}"),
        graph.add("abuffersink"),
    ]
    for before, after in pairwise(parts):
        before.link_to(after)
    graph.configure()
    return _Held(graph, parts[0]), _Held(graph, parts[-1])


class _Held:
    """An end of a graph, which lives as long as its ends."""

    def __init__(self, graph: Graph, end: Any) -> None:
        self._graph, self._end = graph, end

    def push(self, frame: AudioFrame | None) -> None:
        self._end.push(frame)

    def pull(self) -> Any:
        return self._end.pull()


def _pull(sink: Any) -> Iterator[AudioFrame]:
    while True:
        try:
            yield sink.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
