"""Who hears a media channel's events."""

from __future__ import annotations

import logging
from collections.abc import Callable

from rtc.channel.events import MediaEvent

log = logging.getLogger("centrala.rtc")


class Listeners:
    """The handlers of one channel; one that fails does not keep the others from hearing."""

    def __init__(self) -> None:
        self._handlers: list[Callable[[MediaEvent], None]] = []

    def add(self, handler: Callable[[MediaEvent], None]) -> None:
        """Call the handler for every event from now on."""
        self._handlers.append(handler)

    def tell(self, event: MediaEvent) -> None:
        """Call all handlers."""
        for handler in self._handlers:
            try:
                handler(event)
            except Exception:
                log.exception("a listener failed on %s", type(event).__name__)
