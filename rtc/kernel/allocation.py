"""Sharing a viewer's line out among what it watches: who is sent in which quality, and who is paused."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

HEADROOM = 0.9  # an upgrade must leave the rest of the estimate free
AUDIO_BPS = 40_000  # counted for audio that is silent at the moment
AUDIO_HEADERS_BPS = 13_000  # fifty packets a second
HOLD_NS = 4_000_000_000
MAX_HOLD_NS = 8_000_000_000
ROSE_NS = 10_000_000_000  # who falls so soon after rising rose too early
PAUSED = -1
_CALM = 1.15


class Rank(IntEnum):
    """Who gets his share first."""

    SCREEN = 0
    SPEAKER = 1
    PINNED = 2
    TILE = 3


@dataclass(frozen=True, slots=True)
class Claim:
    """One video that a viewer wants.

    key      the caller's name for it
    area     pixels on the viewer's screen; breaks ties
    steps    bits/s of its qualities, growing; the last one is all the viewer needs. Empty: it is not shown
    names    what the qualities are called, growing too, where they come and go from one decision to the next
    """

    key: Hashable
    rank: Rank
    area: int
    steps: Sequence[int]
    names: Sequence[Any] = ()

    def name_of(self, index: int) -> Any:
        """Return what a quality is called: by its name, else by its place."""
        return self.names[index] if self.names else index

    def place_of(self, name: Any) -> int:
        """Return the best quality that is not above this name; PAUSED when there is none."""
        return max((index for index in range(len(self.steps)) if self.name_of(index) <= name), default=PAUSED)


@dataclass(slots=True)
class _Held:
    chosen: Any = None  # name; None: paused
    until_ns: int = -(1 << 62)
    hold_ns: int = HOLD_NS
    barred: Any = None
    rose_ns: int = -(1 << 62)
    known: bool = False


class Allocation:
    """The choices for one viewer, carried from one decision to the next.

    How it works: audio is taken off first and never paused. Then everybody gets the lowest quality, in order of rank and
    size, and what is left raises them in the same order. That is done twice: with the whole estimate, above which nobody
    stays, and with a part of it, up to which somebody may rise. In between everything stays as it is. Whoever was lowered
    for lack of room waits before rising that high again, longer each time.

    wanted_bps   the estimate at which everything would be sent; 0 when everything is
    next_bps     the estimate at which the next better thing would be; 0 when nothing may rise
    rose         somebody just got something better
    """

    __slots__ = ("_held", "next_bps", "rose", "wanted_bps")

    def __init__(self) -> None:
        self._held: dict[Hashable, _Held] = {}
        self.wanted_bps = self.next_bps = 0
        self.rose = False

    def decide(
        self, target_bps: int | None, audio_bps: int, claims: Sequence[Claim], now_ns: int, *, is_calm: bool = False
    ) -> dict[Hashable, int]:
        """Choose for every claim.

        target_bps   what the line carries; None: unknown, so everything is sent
        audio_bps    what all audio to this viewer takes
        is_calm      nothing speaks against what is sent now: it may take a little more than the target
        returns      key -> index into its steps, or PAUSED
        """
        order = sorted(claims, key=lambda claim: (claim.rank, -claim.area))
        self._held = {claim.key: self._held.get(claim.key) or _Held() for claim in order}
        best = {claim.key: len(claim.steps) - 1 for claim in order}
        if target_bps is None:
            for claim in order:
                self._held[claim.key].chosen = claim.name_of(best[claim.key]) if claim.steps else None
            self.wanted_bps = self.next_bps = 0
            return best
        most = _share(order, int(target_bps * (_CALM if is_calm else 1)) - audio_bps)
        safe = _share(order, int(target_bps * HEADROOM) - audio_bps)
        chosen: dict[Hashable, int] = {}
        self.rose = False
        for claim in order:
            held = self._held[claim.key]
            before = claim.place_of(held.chosen) if held.chosen is not None else PAUSED
            if before > most[claim.key]:
                if now_ns >= held.until_ns + held.hold_ns:
                    held.hold_ns = HOLD_NS
                elif now_ns - held.rose_ns < ROSE_NS:
                    held.hold_ns = min(2 * held.hold_ns, MAX_HOLD_NS)
                held.rose_ns = -(1 << 62)  # falling on is the same trouble
                held.until_ns = now_ns + held.hold_ns
                held.barred = held.chosen
                place = most[claim.key]
            else:
                place = min(safe[claim.key], most[claim.key])
                if now_ns < held.until_ns:
                    while place > before and claim.name_of(place) >= held.barred:
                        place -= 1
                place = max(place, before)
                if place > before and held.known:
                    held.rose_ns = now_ns
                    self.rose = True
            held.known = True
            chosen[claim.key] = place
            held.chosen = claim.name_of(place) if place != PAUSED else None
        self.wanted_bps = self.next_bps = 0
        if chosen != best:
            everything = sum(claim.steps[-1] for claim in order if claim.steps)
            self.wanted_bps = int((everything + audio_bps) / HEADROOM * 1.05)
            more = self._next_step(order, chosen, now_ns)
            if more:
                used = sum(claim.steps[chosen[claim.key]] for claim in order if chosen[claim.key] != PAUSED)
                self.next_bps = int((used + more + audio_bps) / HEADROOM * 1.05)
        return chosen

    def _next_step(self, order: Sequence[Claim], chosen: dict[Hashable, int], now_ns: int) -> int:
        """The bits/s of the smallest rise that nothing but room stands in the way of; 0: none."""
        rises = []
        for claim in order:
            at, held = chosen[claim.key], self._held[claim.key]
            if at + 1 >= len(claim.steps):
                continue
            if now_ns < held.until_ns and claim.name_of(at + 1) >= held.barred:
                continue
            rises.append(claim.steps[at + 1] - (claim.steps[at] if at != PAUSED else 0))
        return min(rises, default=0)


def _share(order: Sequence[Claim], budget_bps: int) -> dict[Hashable, int]:
    chosen: dict[Hashable, int] = {}
    left = budget_bps
    for claim in order:
        chosen[claim.key] = PAUSED
        if claim.steps and claim.steps[0] <= left:
            chosen[claim.key] = 0
            left -= claim.steps[0]
    for claim in order:
        at = chosen[claim.key]
        if at == PAUSED:
            continue
        for index in range(len(claim.steps) - 1, at, -1):
            more = claim.steps[index] - claim.steps[at]
            if more <= left:
                chosen[claim.key] = index
                left -= more
                break
    return chosen
