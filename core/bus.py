"""The event bus inside one process: a topic, a payload, and whoever listens."""

import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any

log = logging.getLogger("centrala.bus")

Handler = Callable[[Any], None]


class Bus:
    """Calls each listener of a topic in order, at once; one that fails does not stop the others."""

    def __init__(self) -> None:
        self._handlers: dict[str, list[Handler]] = defaultdict(list)

    def listen(self, topic: str, handler: Handler) -> Callable[[], None]:
        """Call handler with every payload published to the topic; return what undoes it."""
        self._handlers[topic].append(handler)
        return lambda: self._handlers[topic].remove(handler)

    def publish(self, topic: str, payload: Any = None) -> None:
        """Hand a payload to everybody who listens to the topic."""
        for handler in tuple(self._handlers.get(topic, ())):
            try:
                handler(payload)
            except Exception:
                log.exception("a listener of %s failed", topic)
