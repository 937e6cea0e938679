"""Which layer of a simulcast track a viewer gets, and numbers that stay continuous when frames are left out of it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rtc.wire.vp8 import PICTURE_MASK

MAX_LAYERS = 3
TOP = MAX_LAYERS - 1
MAX_TID = 2
ALIVE_NS = 500_000_000  # a camera in the dark still gives five frames a second
SILENT_NS = 3_000_000_000
PAUSE_AFTER_NS = 8_000_000_000  # who looks closer again sees it at once
AWAIT_NS = 1_500_000_000
RETELL_NS = 3_000_000_000
MAX_RETELL_NS = 60_000_000_000
_ENOUGH = 0.9  # a layer nearly as high as the tile is as good
_HEIGHTS = (180, 360, 720)
_RATES_BPS = (150_000, 500_000, 1_700_000)
_SHARES = ((100, 100, 100), (60, 100, 100), (40, 60, 100))  # as Chromium shares them out
_REMEMBERED = 1024
_ALIGNED_S = 1  # two layers of one moment never arrive further apart


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a viewer's page says of one tile: size in device pixels, height 0 when it does not show it."""

    width: int
    height: int
    pinned: bool = False

    @property
    def visible(self) -> bool:
        """The tile is on the screen."""
        return self.height > 0


SMALLEST = Wanted(1, 1)


class LayerState(NamedTuple):
    """What the choice needs to know of one layer; height 0: not known yet."""

    height: int
    alive: bool


def guess_heights(layers: Sequence[LayerState]) -> list[int]:
    """Return every layer's height; unknown ones by halving or doubling from a known one."""
    known = next(((place, layer.height) for place, layer in enumerate(layers) if layer.height), None)
    if known is None:
        return list(_HEIGHTS[MAX_LAYERS - len(layers) :])
    place, height = known
    return [
        layer.height or (height << at - place if at > place else height >> place - at)
        for at, layer in enumerate(layers)
    ]


def guess_rate_bps(layers: int, place: int) -> int:
    """Return what a layer that was never measured is expected to need."""
    return _RATES_BPS[min(TOP, MAX_LAYERS - layers + place)]


def guess_rates_bps(layers: int, place: int, top_tid: int) -> list[int]:
    """Return what a layer's temporal layers 0; 0 and 1; all are expected to need. top_tid: the highest it has."""
    whole = guess_rate_bps(layers, place)
    return [whole * share // 100 for share in _SHARES[max(0, top_tid)]]


def find_useful(layers: Sequence[LayerState], wanted: Wanted | None) -> int:
    """Return the lowest layer that fills the tile, -1 for a tile that is not shown; None wants the best."""
    if wanted is None:
        return len(layers) - 1
    if not wanted.visible:
        return -1
    for place, height in enumerate(guess_heights(layers)):
        if height >= wanted.height * _ENOUGH:
            return place
    return len(layers) - 1


def choose_layers(layers: Sequence[LayerState], useful: int, limit: int) -> list[int]:
    """Return the layer to send; several when none comes at present: whichever comes first.

    useful   from find_useful
    limit    highest layer the viewer's line has room for, -1: none
    returns  best living layer, else the next living one above what is useful; empty: nothing is to be sent
    """
    limit = min(limit, len(layers) - 1)
    target = min(useful, limit)
    if target < 0:
        return []
    for place in range(target, -1, -1):
        if layers[place].alive:
            return [place]
    for place in range(target + 1, limit + 1):
        if layers[place].alive:
            return [place]
    return list(range(limit + 1))


def find_needed(targets: set[int], layers: int) -> set[int]:
    """Return the layers the sender is to send: the wanted ones, and always the lowest.

    It is what viewers fall back to, and what somebody who joins sees at once: a sender takes most of a second to begin.
    """
    return {place for place in targets if 0 <= place < layers} | {0}


def extend_picture(picture: int, newest: int) -> int:
    """Place a 15-bit picture id on the unwrapped line, nearest to newest."""
    ahead = (picture - newest) & PICTURE_MASK
    return newest + (ahead if ahead <= PICTURE_MASK >> 1 else ahead - PICTURE_MASK - 1)


class Clock(NamedTuple):
    """One sender report: NTP time (32.32) and the RTP timestamp of the same instant."""

    ntp: int
    ticks: int


def align_ticks(old: Clock | None, new: Clock | None, ticks: int, clock_hz: int) -> int | None:
    """Return what a timestamp of one layer would be on the other's line, by the sender's clock; None without both."""
    if old is None or new is None:
        return None
    since = (new.ntp - old.ntp) * clock_hz >> 32
    ahead = (ticks - new.ticks) & 0xFFFFFFFF
    return (old.ticks + since + ahead) & 0xFFFFFFFF


def follow_ticks(last: int, aligned: int | None, passed_ns: int, clock_hz: int) -> int:
    """Return the timestamp that follows `last` on a line whose source changes.

    aligned    where the sender's clock puts it; None: not known
    passed_ns  since the packet of `last` came, used when the clock is not known or absurd
    """
    if aligned is not None:
        ahead = (aligned - last) & 0xFFFFFFFF
        if 0 < ahead < 1 << 31 and abs(ahead - passed_ns * clock_hz // 1_000_000_000) < _ALIGNED_S * clock_hz:
            return aligned
        if ahead == 0 or ahead > 0x100000000 - 2 * clock_hz:
            return (last + clock_hz // 100) & 0xFFFFFFFF  # the same moment again, in another layer
    return (last + max(1, passed_ns * clock_hz // 1_000_000_000)) & 0xFFFFFFFF


class Thinner:
    """Closes up the numbers of one layer when frames above a temporal layer are left out.

    How it works: a new packet above the limit is left out and the numbers after it move down by one, the picture ids by one
    for each frame. A number that is missing might be anything, so it stays; when it comes late after all and belongs to a
    frame that was left out, it becomes a filler: an empty packet, which browsers take as nothing.
    """

    __slots__ = ("_dropped", "_dropped_pictures", "_forgotten", "_forgotten_pictures", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._dropped: list[int] = []
        self._dropped_pictures: list[int] = []
        self._forgotten = 0
        self._forgotten_pictures = 0

    @property
    def numbers_dropped(self) -> int:
        """How far the next packet's number moves down."""
        return self._forgotten + len(self._dropped)

    @property
    def pictures_dropped(self) -> int:
        """How far the next picture's id moves down."""
        return self._forgotten_pictures + len(self._dropped_pictures)

    def takes(self, number: int, picture: int, tid: int) -> bool:
        """Take the newest packet, or leave it out. picture: unwrapped, -1 when there is none."""
        if tid <= self.limit:
            return True
        self._dropped.append(number)
        if len(self._dropped) > 2 * _REMEMBERED:
            del self._dropped[:_REMEMBERED]
            self._forgotten += _REMEMBERED
        pictures = self._dropped_pictures
        if picture >= 0 and (not pictures or picture > pictures[-1]):
            pictures.append(picture)
            if len(pictures) > 2 * _REMEMBERED:
                del pictures[:_REMEMBERED]
                self._forgotten_pictures += _REMEMBERED
        return False

    def take_late(self, number: int, picture: int, tid: int) -> tuple[int, int, bool] | None:
        """Place a packet older than the newest.

        returns  how far its number and its picture id move down, and whether it becomes a filler; None: it was left out,
                 or is too old to tell
        """
        at = bisect_left(self._dropped, number)
        if at < len(self._dropped) and self._dropped[at] == number:
            return None
        if at == 0 and self._forgotten:
            return None
        pictures = self._dropped_pictures
        if picture < 0:
            return self._forgotten + at, 0, tid > self.limit
        place = bisect_left(pictures, picture)
        filler = place < len(pictures) and pictures[place] == picture
        return self._forgotten + at, self._forgotten_pictures + place, filler
