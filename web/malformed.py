"""What is no HTTP: counted, and one short line in the log in place of a traceback for each."""

import logging

from aiohttp.http_exceptions import HttpProcessingError

from core.clock import Clock

_LINE_EVERY_NS = 10_000_000_000


class MalformedRequests(logging.Filter):
    """Sits in aiohttp's log; `count` says how many there were."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self.count = 0
        self._told_at_ns: int | None = None

    def watch(self, logger: logging.Logger) -> None:
        """Look at what the logger writes from now on."""
        logger.addFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything else pass; of malformed requests one line in ten seconds, without their bytes."""
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, HttpProcessingError):
            return True
        self.count += 1
        now_ns = self._clock.monotonic_ns()
        if self._told_at_ns is not None and now_ns - self._told_at_ns < _LINE_EVERY_NS:
            return False
        self._told_at_ns = now_ns
        record.levelno, record.levelname = logging.INFO, "INFO"
        record.msg = f"what came is no HTTP ({self.count} so far): {type(error).__name__}"
        record.args, record.exc_info, record.exc_text = (), None, None
        return True
