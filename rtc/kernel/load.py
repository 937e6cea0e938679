"""How busy a process is: its processor time per second, smoothed."""

_SHORTEST_NS = 500_000_000
_SMOOTHING_NS = 5_000_000_000


class Load:
    """Share of one processor, 0..1 (more with threads), as an average that forgets in about five seconds.

    cpu_ns   processor time of the process so far
    """

    def __init__(self, cpu_ns: int, now_ns: int) -> None:
        self._cpu_ns = cpu_ns
        self._at_ns = now_ns
        self.share = 0.0

    def note(self, cpu_ns: int, now_ns: int) -> float:
        """Take what the process has used by now; return the share.

        >>> load = Load(0, 0)
        >>> for second in range(1, 31):
        ...     share = load.note(second * 250_000_000, second * 1_000_000_000)
        >>> round(share, 2)
        0.25
        """
        passed_ns = now_ns - self._at_ns
        if passed_ns >= _SHORTEST_NS:
            weight = min(1.0, passed_ns / _SMOOTHING_NS)
            self.share += weight * ((cpu_ns - self._cpu_ns) / passed_ns - self.share)
            self._cpu_ns, self._at_ns = cpu_ns, now_ns
        return self.share
