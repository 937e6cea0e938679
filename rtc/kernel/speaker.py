"""Who is speaking, from the audio levels in RTP headers (RFC 6464), with hysteresis."""

from __future__ import annotations

from rtc.kernel.numbers import make_numbers, number_at

INTERVAL_NS = 300_000_000
_SILENCE_DBOV = 60  # a level value is -dBov: 0 loudest, 127 silent
SILENCE_DB = 127.0 - _SILENCE_DBOV
_MARGIN_DB = 6.0
_HOLD_NS = 1_500_000_000
_SMOOTHING = 0.35


class Voice:
    """One microphone's loudness: packets add to it, every interval smooths it.

    What the native packet path counts on is in `memory`.
    """

    __slots__ = ("_numbers", "heard_at_ns", "loudness_db", "memory")

    _sum = number_at(0)
    _count = number_at(1)
    _peak_db = number_at(2)
    _loudest_db = number_at(3)
    _tells = number_at(4)

    def __init__(self) -> None:
        self.memory, self._numbers = make_numbers(5)  # voice_state of rtc/native/packets.h
        self.loudness_db = 0.0
        self.heard_at_ns = -1

    @property
    def tells(self) -> bool:
        """Packets say how loud they are."""
        return bool(self._tells)

    def note(self, level: int) -> None:
        """Note one packet's level, -dBov 0..127."""
        loudness_db = 127 - level
        self._tells = 1
        self._sum += loudness_db
        self._count += 1
        if loudness_db > self._peak_db:
            self._peak_db = loudness_db
        if loudness_db > self._loudest_db:
            self._loudest_db = loudness_db

    def take_peak_db(self) -> int:
        """Return the loudest packet since the last call, 0..127."""
        peak_db, self._peak_db = self._peak_db, 0
        return peak_db

    def take_loudest_db(self) -> int:
        """Return the same for a listener, who asks at other times."""
        loudest_db, self._loudest_db = self._loudest_db, 0
        return loudest_db

    def settle(self, now_ns: int) -> None:
        """End an interval."""
        mean_db = self._sum / self._count if self._count else 0.0
        self._sum = self._count = 0
        self.loudness_db += (mean_db - self.loudness_db) * (_SMOOTHING if mean_db < self.loudness_db else 0.7)
        if self.loudness_db > 127 - _SILENCE_DBOV:
            self.heard_at_ns = now_ns


class SpeakerChoice:
    """The active speaker of one room.

    How it works: every interval the loudest voice wins when nobody holds the floor, or when it is louder than the holder by
    a margin; a holder keeps the floor for a while in silence, so that a pause does not switch the picture.
    """

    __slots__ = ("current",)

    def __init__(self) -> None:
        self.current: str | None = None

    def choose(self, voices: dict[str, Voice], now_ns: int) -> bool:
        """End an interval for all voices and choose.

        voices    by participant
        returns   whether the speaker changed
        """
        loudest: str | None = None
        best_db = 127.0 - _SILENCE_DBOV
        for participant, voice in voices.items():
            voice.settle(now_ns)
            if voice.loudness_db > best_db:
                loudest, best_db = participant, voice.loudness_db
        before = self.current
        holder = voices.get(before) if before is not None else None
        if holder is None:
            self.current = loudest
        elif loudest is not None and loudest != before:
            silent = now_ns - holder.heard_at_ns > INTERVAL_NS
            if silent or best_db > holder.loudness_db + _MARGIN_DB:
                self.current = loudest
        elif loudest is None and now_ns - holder.heard_at_ns > _HOLD_NS:
            self.current = None
        return self.current != before


def rank_loudest(voices: dict[str, Voice]) -> list[str]:
    """Return the participants, loudest first; equal ones in joining order."""
    return sorted(voices, key=lambda participant: -round(voices[participant].loudness_db))
