"""Token buckets: how often somebody may do something, by key."""

from collections import OrderedDict
from math import ceil

from core.errors import Limited

# Who waits as long as was said passes, whatever floating point makes of it.
_ROUNDING = 1e-6


class TokenBuckets:
    """One bucket for each key, all of the same size; the least used are forgotten beyond `keys`.

    burst    how many may pass at once
    per_s    how many may pass each second after that
    """

    def __init__(self, burst: float, per_s: float, *, keys: int = 50_000) -> None:
        self._burst = float(burst)
        self._per_s = float(per_s)
        self._keys = keys
        self._buckets: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def demand(self, key: str, now_ns: int) -> None:
        """Take nothing, but refuse whoever could take nothing now; raises Limited."""
        self.take(key, now_ns, 0.0, least=1.0)

    def take(self, key: str, now_ns: int, cost: float = 1.0, *, least: float | None = None) -> None:
        """Take from the key's bucket.

        now_ns   monotonic
        least    what there must be, where that is another than the cost
        raises   Limited, with the seconds until there is enough again
        """
        tokens, at_ns = self._buckets.get(key, (self._burst, now_ns))
        tokens = min(self._burst, tokens + max(0, now_ns - at_ns) * 1e-9 * self._per_s)
        wanted = cost if least is None else least
        if tokens < wanted - _ROUNDING:
            raise Limited(retry_after_s=max(1, ceil((wanted - tokens) / self._per_s - _ROUNDING)))
        self._buckets[key] = (max(0.0, tokens - cost), now_ns)
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._keys:
            self._buckets.popitem(last=False)
