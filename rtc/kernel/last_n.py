"""Rooms with many people: only the loudest are heard, and only those who spoke last are seen if the operator says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rtc.kernel.speaker import SILENCE_DB

CROWD = 20  # people in a room; above it the rules here hold
LOUDEST = 5
INTERVAL_NS = 60_000_000
_MARGIN_DB = 6.0
_DECAY_DB_PER_S = 20.0


class Loudest:
    """The voices of a crowd that go out.

    How it works: a voice counts at once when it gets louder and sinks slowly, so that a pause between words costs no place.
    Who has a place keeps it, silent too, until somebody who speaks is louder by a margin and no place is free.
    """

    __slots__ = ("_at_ns", "_loudness_db", "heard")

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._loudness_db: dict[str, float] = {}
        self._at_ns = 0

    def choose(self, peaks_db: Mapping[str, float], now_ns: int, count: int = LOUDEST) -> list[str]:
        """End an interval.

        peaks_db   by participant, the loudest packet of the interval, 0 silent to 127; 0 also when none came
        returns    who is heard
        """
        sunk_db = _DECAY_DB_PER_S * (now_ns - self._at_ns) / 1e9
        self._at_ns = now_ns
        before = self._loudness_db
        now_db = self._loudness_db = {who: max(peak, before.get(who, 0.0) - sunk_db) for who, peak in peaks_db.items()}
        heard = [who for who in self.heard if who in now_db]
        speaking = [who for who in now_db if now_db[who] > SILENCE_DB and who not in heard]
        for who in sorted(speaking, key=now_db.__getitem__, reverse=True):
            if len(heard) >= count:
                weakest = min(heard, key=now_db.__getitem__)
                if now_db[who] <= now_db[weakest] + _MARGIN_DB:
                    break
                heard.remove(weakest)
            heard.append(who)
        self.heard = heard
        return heard


class LastSpoken:
    """Who spoke last, newest first."""

    __slots__ = ("_order",)

    def __init__(self) -> None:
        self._order: list[str] = []

    def note(self, who: str) -> None:
        """Somebody is the active speaker now."""
        if who in self._order:
            self._order.remove(who)
        self._order.insert(0, who)

    def choose(self, there: Sequence[str], count: int) -> list[str]:
        """Return the `count` who spoke last; then those who never did, in joining order."""
        self._order = [who for who in self._order if who in there]
        return [*self._order, *(who for who in there if who not in self._order)][:count]
