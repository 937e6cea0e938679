"""A room's recording as the room sees it: a line for each track that hands its packets to the writing thread."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Iterable
from pathlib import Path

from core.clock import Clock
from rtc.kernel.history import Kept
from rtc.kernel.mapping import Start
from rtc.kernel.simulcast import choose_layers, find_useful
from rtc.net.counting import Counters
from rtc.recording.shelf import Began, Ended, Heard, Item, Label, Reported, Shelf
from rtc.room.feed import Tap
from rtc.room.layer import Layer
from rtc.room.track import Track
from rtc.wire.rtcp import SenderReport

_TOP = 99


def choose_folder(recording: Path) -> Path:
    """Return the first numbered folder of a recording that is not there yet: it may have begun on a worker that died."""
    return next(part for number in itertools.count(1) if not (part := recording / str(number)).exists())


class Taps:
    """Several that take the packets of one layer."""

    def __init__(self, taps: list[Tap]) -> None:
        self.taps = taps

    def take(self, kept: Kept, now_ns: int) -> None:
        """Take a packet, new or late."""
        for tap in self.taps:
            tap.take(kept, now_ns)

    def note_report(self, report: SenderReport, now_ns: int) -> None:
        """Take a sender report."""
        for tap in self.taps:
            tap.note_report(report, now_ns)


def _add_tap(layer: Layer, tap: Tap) -> None:
    before = layer.tap
    layer.see_each()
    if before is None:
        layer.tap = tap
    else:
        layer.tap = Taps([*(before.taps if isinstance(before, Taps) else [before]), tap])


def _drop_tap(layer: Layer, tap: Tap) -> None:
    left = [one for one in layer.tap.taps if one is not tap] if isinstance(layer.tap, Taps) else []
    layer.tap = None if not left else left[0] if len(left) == 1 else Taps(left)


class RecordedLine:
    """Follows one track: its best layer that comes, from keyframe to keyframe; nothing while it is not for the hearer.

    hearer   a participant; None: everybody
    """

    def __init__(
        self, track: Track, put: Callable[[Item], None], stream_ids: Iterable[int], hearer: str | None = None
    ) -> None:
        self.track = track
        self.hearer = hearer
        self.label = Label(track.participant_id, track.source, track.codec, track.clock_hz)
        self._put = put
        self._stream_ids = iter(stream_ids)
        self._stream_id = -1
        self._starts = -1
        self._floor = 0
        self._layer: Layer | None = None
        self._waits_for: list[Layer] = []

    def open(self, now_ns: int) -> None:
        """Begin with the next keyframe."""
        self.track.lines.append(self)
        self.aim(now_ns)

    def close(self) -> None:
        """Leave the track."""
        self.track.lines.remove(self)
        for layer in self._waits_for:
            layer.waiting.remove(self)
        self._waits_for = []
        self._leave()

    @property
    def target(self) -> int:
        """The layer the line is to get, by its place; -1: none."""
        return find_useful(self.track.states(), None) if self._may_hear else -1

    @property
    def _may_hear(self) -> bool:
        return self.track.audience is None if self.hearer is None else self.track.is_for(self.hearer)

    @property
    def rtt_ms(self) -> float | None:
        """Round trip to the viewer; here there is none."""
        return None

    def aim(self, now_ns: int) -> None:
        """The layers or the audience are others than before: choose again."""
        layers: list[Layer] = []
        if self._may_hear:
            states = self.track.states()
            layers = [self.track.layers[at] for at in choose_layers(states, find_useful(states, None), _TOP)]
        else:
            self._leave()
        if self._layer is not None and self._layer in layers:
            layers.remove(self._layer)
        for layer in self._waits_for:
            if layer not in layers:
                layer.waiting.remove(self)
        for layer in layers:
            if layer not in self._waits_for:
                layer.see_each()
                layer.waiting.append(self)
                self._ask_keyframe(layer, now_ns)
        self._waits_for = layers

    def join(self, layer: Layer, start: Start, now_ns: int) -> None:
        """Start with this packet of a layer."""
        for other in self._waits_for:
            if other is not layer and self in other.waiting:
                other.waiting.remove(self)
        self._waits_for = []
        self._leave()
        self._layer = layer
        self._starts = -1
        self._floor = start.number
        _add_tap(layer, self)
        for number in range(start.number, layer.newest + 1):  # the keyframe's first packet came late
            kept = layer.history.find(number)
            if kept is not None:
                self.take(kept, now_ns)

    def turn(self, layer: Layer, start: Start, now_ns: int) -> None:
        """Temporal layers are all taken, always."""
        layer.turning.remove(self)

    def take(self, kept: Kept, now_ns: int) -> None:
        """Take a packet of the layer."""
        layer = self._layer
        if layer is None or kept.number < self._floor:
            return
        if layer.line.starts != self._starts:
            self._starts = layer.line.starts
            self._stream_id = next(self._stream_ids)
            publisher = self.track.publisher
            clock_id = publisher.transport_id if publisher is not None else str(self._stream_id)
            self._put(Began(self.label, self._stream_id, clock_id, now_ns))
            if layer.clock is not None and layer.clock_start == self._starts:
                self._put(Reported(self.label, self._stream_id, layer.clock.ticks, layer.clock.ntp, layer.clock_at_ns))
        self._put(Heard(self.label, self._stream_id, kept, now_ns))

    def note_report(self, report: SenderReport, now_ns: int) -> None:
        """Take a sender report of the layer."""
        layer = self._layer
        if layer is not None and layer.line.starts == self._starts and not layer.line.is_fresh:
            ticks = (report.ticks + layer.line.ticks_shift) & 0xFFFFFFFF
            self._put(Reported(self.label, self._stream_id, ticks, report.ntp, now_ns))

    def repair(self, now_ns: int) -> None:
        """The picture is broken: ask for a keyframe."""
        if self._layer is not None and self._layer.alive:
            self._ask_keyframe(self._layer, now_ns)

    def _ask_keyframe(self, layer: Layer, now_ns: int) -> None:
        if self.track.kind == "video":
            layer.keyframes.ask()
            if self.track.publisher is not None:
                self.track.publisher.ask_keyframe(layer, now_ns)

    def _leave(self) -> None:
        if self._layer is not None:
            _drop_tap(self._layer, self)
            self._layer = None


class Recording:
    """What records a room.

    on_ended   called on the loop, once, with the reason
    hearer     the participant who records, with what is for that one; None: with what is for everybody
    """

    def __init__(
        self,
        recording_id: str,
        folder: Path,
        clock: Clock,
        counters: Counters,
        on_ended: Callable[[str], None],
        hearer: str | None = None,
    ) -> None:
        self.recording_id = recording_id
        self._hearer = hearer
        self._lines: dict[int, RecordedLine] = {}
        self._stream_ids = itertools.count()
        self._clock = clock
        self._counters = counters
        self._on_ended = on_ended
        loop = asyncio.get_running_loop()

        def ended(end: Ended) -> None:
            with contextlib.suppress(RuntimeError):  # the loop may be closed by now
                loop.call_soon_threadsafe(self._ended, end)

        def broken(label: Label) -> None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._repair, label)

        self._shelf = Shelf(folder, clock, ended, broken)

    def start(self, tracks: Iterable[Track]) -> None:
        """Make the folder and begin with these tracks.

        raises   OSError  the folder cannot be made
        """
        self._shelf.start()
        for track in tracks:
            self.add(track)

    def add(self, track: Track) -> None:
        """Record this track, too."""
        line = self._lines[id(track)] = RecordedLine(track, self._put, self._stream_ids, self._hearer)
        line.open(self._clock.monotonic_ns())

    def lose(self, track: Track) -> None:
        """A track ended."""
        line = self._lines.pop(id(track), None)
        if line is not None:
            line.close()

    def aim(self, now_ns: int) -> None:
        """Tracks have other audiences than before."""
        for line in self._lines.values():
            line.aim(now_ns)

    def stop(self, reason: str) -> None:
        """Take nothing more; on_ended follows when all is written."""
        self._close_lines()
        self._shelf.stop(reason)

    def _put(self, item: Item) -> None:
        if not self._shelf.put(item):
            self._counters.add("drop.recording_queue_full")

    def _repair(self, label: Label) -> None:
        for line in self._lines.values():
            if line.label == label:
                line.repair(self._clock.monotonic_ns())

    def _ended(self, end: Ended) -> None:
        self._close_lines()
        self._on_ended(end.reason)

    def _close_lines(self) -> None:
        for line in self._lines.values():
            line.close()
        self._lines.clear()
