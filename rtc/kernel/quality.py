"""How good a participant's line is, from what RTCP and the counters of the packet path tell (ITU-T G.107, G.113).

How it works: counters are read every few seconds, so that nothing is added to a packet's way; differences give rate and loss.
Sound is judged by the E-model (as Cole and Rosenbluth reduced it, 2001), picture by a rule of our own. The worse of both
makes one of four levels, which gets worse only when two looks in a row say so, and better after three, so that nothing
flickers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Level = Literal["good", "fair", "poor", "lost"]
LEVELS: tuple[Level, ...] = ("good", "fair", "poor", "lost")

# G.107's default of everything but delay and loss.
_BASIC_R = 93.2
# Opus in our calls carries FEC and conceals: as robust against loss as G.113 Appendix I says of codecs with concealment.
_LOSS_ROBUSTNESS = 20.0
# A packet of 20 ms, and what coding and playing take besides the jitter buffer.
_FIXED_DELAY_MS = 40.0
BEST_PICTURE = 4.5
_FAIR_BELOW, _POOR_BELOW = 3.6, 2.6
# The path may not be heard of for so long before it counts as lost; browsers check it every 2.5 to 5 s.
LOST_AFTER_MS = 7_000
_LOOKS_WORSE, _LOOKS_BETTER = 2, 3


class Passed(NamedTuple):
    """What a stream did between two looks."""

    packets: int
    lost: int
    octets: int


class Meter:
    """Reads the growing counters of one stream."""

    __slots__ = ("_before",)

    def __init__(self) -> None:
        self._before: Passed | None = None

    def take(self, packets: int, lost: int, octets: int) -> Passed:
        """Return what passed since the last look; at the first one, and when the counters began anew, nothing.

        packets   sent, or received; lost as RTCP counts it, which repairs and duplicates make smaller
        """
        before, self._before = self._before, Passed(packets, lost, octets)
        if before is None or packets < before.packets or octets < before.octets:
            return Passed(0, 0, 0)
        return Passed(packets - before.packets, max(0, lost - before.lost), octets - before.octets)


def judge_sound(loss: float, rtt_ms: float | None, jitter_ms: float) -> float:
    """Return the mean opinion score of sound, 1.0 to 4.4, by the E-model.

    loss     share of packets, 0..1
    rtt_ms   between participant and server; None: not known, and taken for nothing

    >>> round(judge_sound(0.0, 40.0, 5.0), 2), round(judge_sound(0.05, 40.0, 5.0), 2), round(judge_sound(0.2, 400.0, 40.0), 2)
    (4.37, 3.71, 1.32)
    """
    delay_ms = (rtt_ms or 0.0) / 2 + 2 * jitter_ms + _FIXED_DELAY_MS
    by_delay = 0.024 * delay_ms + 0.11 * max(0.0, delay_ms - 177.3)
    percent = 100 * min(1.0, max(0.0, loss))
    by_loss = 95 * percent / (percent + _LOSS_ROBUSTNESS)
    rating = max(0.0, _BASIC_R - by_delay - by_loss)
    return max(1.0, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6)


def judge_picture(loss: float, rtt_ms: float | None, missing_layers: int = 0, *, held: bool = False) -> float:
    """Return a score of a picture on the same scale, 1.0 to 4.5.

    Each percent lost takes 0.2, because repairs come late; a round trip takes 0.1 per 40 ms over 300 ms, because keyframes
    and repairs wait for it, but 1.0 at most; each layer less than the viewer has use for takes 0.7.

    held   it does not come at all, because the line has no room

    >>> judge_picture(0.0, 80.0), judge_picture(0.05, 80.0), judge_picture(0.0, 80.0, 2), judge_picture(0.0, None, held=True)
    (4.5, 3.5, 3.1, 1.0)
    """
    if held:
        return 1.0
    by_rtt = min(1.0, max(0.0, (rtt_ms or 0.0) - 300) / 400)
    return max(1.0, round(BEST_PICTURE - 20 * loss - by_rtt - 0.7 * missing_layers, 3))


def level_of(scores: list[float], silent_ms: int) -> Level:
    """Return the level that the worst score makes; nothing to judge is good.

    silent_ms   since anything was heard of the participant
    """
    if silent_ms > LOST_AFTER_MS:
        return "lost"
    worst = min(scores, default=BEST_PICTURE)
    return "poor" if worst < _POOR_BELOW else "fair" if worst < _FAIR_BELOW else "good"


@dataclass(slots=True)
class SteadyLevel:
    """The level that is told."""

    level: Level = "good"
    _looks: int = 0
    _better: bool = False

    def note(self, seen: Level) -> Level:
        """Take what one look says; return what is told."""
        if seen == self.level:
            self._looks = 0
            return self.level
        better = LEVELS.index(seen) < LEVELS.index(self.level)
        if better != self._better:
            self._looks, self._better = 0, better
        self._looks += 1
        if seen == "lost" or self._looks >= (_LOOKS_BETTER if better else _LOOKS_WORSE):
            self.level, self._looks = seen, 0
        return self.level
