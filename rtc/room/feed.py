"""What viewers' lines subscribe to: a layer's packets, all or without the upper temporal layers, under continuous numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from rtc.channel.tracks import Kind
from rtc.kernel.history import AUDIO_PACKETS, VIDEO_PACKETS, Kept
from rtc.kernel.mapping import Source, Start
from rtc.kernel.numbers import number_at
from rtc.kernel.simulcast import Thinner
from rtc.net.fanout import Fanout, Outlets
from rtc.wire.rtcp import SenderReport
from rtc.wire.vp8 import renumber

if TYPE_CHECKING:
    from rtc.room.layer import Layer


class Paced(Protocol):
    """A line whose viewer gets video at a pace."""

    def hold(self, kept: Kept, fanout: Fanout) -> None:
        """Send a packet of its feed when its turn comes."""
        ...


class Watcher(Protocol):
    """A viewer's line, as its track knows it."""

    def join(self, layer: Layer, start: Start, now_ns: int) -> None:
        """A layer the line waits for has a keyframe: start with it."""
        ...

    def turn(self, layer: Layer, start: Start, now_ns: int) -> None:
        """A frame of the line's layer begins: take more or fewer temporal layers from it on, if it fits."""
        ...

    def aim(self, now_ns: int) -> None:
        """The layers are others than before: choose again."""
        ...

    @property
    def target(self) -> int:
        """The layer the line is to get, by its place; -1: none."""
        ...

    @property
    def rtt_ms(self) -> float | None:
        """Round trip to the viewer; None: not known yet."""
        ...


class Tap(Protocol):
    """What takes all packets of a layer: a recording."""

    def take(self, kept: Kept, now_ns: int) -> None:
        """Take a packet, new or late."""
        ...

    def note_report(self, report: SenderReport, now_ns: int) -> None:
        """Take a sender report."""
        ...


class Feed(Source):
    """One stream of packets that many lines share. outlets, paced: who gets them at once, and at a pace."""

    packets = number_at(4)
    octets = number_at(5)

    def __init__(self, layer: Layer, kind: Kind, numbers: int = 6) -> None:
        """numbers: how many the kind of feed has in `memory`."""
        super().__init__(VIDEO_PACKETS if kind == "video" else AUDIO_PACKETS, numbers)
        self.layer = layer
        self.outlets = Outlets()
        self.paced: list[Paced] = []
        self._octets_settled = self._packets_settled = 0

    def translate(self, start: Start) -> Start:
        """Return a new packet's place in this feed's numbers."""
        return start

    def pass_on(self, kept: Kept, fanout: Fanout) -> None:
        """Give a packet to everybody who gets the feed's."""
        if self.outlets:
            fanout.forward(self.outlets, kept)
        for line in self.paced:
            line.hold(kept, fanout)

    def packets_since_settled(self) -> int:
        """Return how many packets came since the last call."""
        passed = self.packets - self._packets_settled
        self._packets_settled = self.packets
        return passed

    def octets_since_settled(self) -> int:
        """Return what came since the last call."""
        passed = self.octets - self._octets_settled
        self._octets_settled = self.octets
        return passed


class Thinned(Feed):
    """A layer without the frames above a temporal layer. idle: seconds without a subscriber."""

    def __init__(self, layer: Layer, limit: int) -> None:
        super().__init__(layer, "video")
        self.limit = limit
        self.idle = 0
        self._thinner = Thinner(limit)
        self._floor = layer.newest + 1
        self.newest, self.newest_ticks = layer.newest, layer.newest_ticks
        self.newest_picture, self.newest_tl0 = layer.newest_picture, layer.newest_tl0

    def translate(self, start: Start) -> Start:
        """Return a new packet's place in this feed's numbers."""
        thinner = self._thinner
        picture = start.picture - thinner.pictures_dropped if start.picture >= 0 else -1
        return start._replace(number=start.number - thinner.numbers_dropped, picture=picture)

    def take(self, kept: Kept, tid: int, picture: int, tl0: int, fanout: Fanout) -> None:
        """Take the layer's newest packet. picture: unwrapped, as in its payload; tl0: the layer's newest."""
        thinner = self._thinner
        if not thinner.takes(kept.number, picture, tid):
            return
        kept = _move(kept, thinner.numbers_dropped, picture, thinner.pictures_dropped)
        self.newest, self.newest_ticks = kept.number, kept.ticks
        if picture >= 0:
            self.newest_picture, self.newest_tl0 = picture - thinner.pictures_dropped, tl0
        self.history.keep(kept)
        self.packets += 1
        self.octets += len(kept.payload)
        self.pass_on(kept, fanout)

    def take_late(self, kept: Kept, tid: int, picture: int, fanout: Fanout) -> None:
        """Take a packet that came out of order."""
        if kept.number < self._floor:
            return
        placed = self._thinner.take_late(kept.number, picture, tid)
        if placed is None:
            return
        numbers, pictures, filler = placed
        if filler:
            kept = Kept(kept.number - numbers, kept.first & 0xC0, 0, kept.ticks, b"")
        else:
            kept = _move(kept, numbers, picture, pictures)
        if kept.number > self.newest:  # what came after it was left out
            self.newest, self.newest_ticks = kept.number, kept.ticks
        if not filler and picture - pictures > self.newest_picture and picture >= 0:
            self.newest_picture, self.newest_tl0 = picture - pictures, self.layer.newest_tl0
        self.history.keep(kept)
        self.packets += 1
        self.octets += len(kept.payload)
        self.pass_on(kept, fanout)


def _move(kept: Kept, numbers: int, picture: int, pictures: int) -> Kept:
    number, first, marker, ticks, payload, picture_at, tl0_at, _ = kept
    if pictures and picture_at:
        payload = renumber(payload, picture_at, picture - pictures, 0, 0)
    return Kept(number - numbers, first, marker, ticks, payload, picture_at, tl0_at)
