"""Hearing of stored events: who wants which kind, each event parsed once for all of them, and none silencing another."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import orjson

from storage.engine.events import Event

log = logging.getLogger("centrala.hearing")


class Heard:
    """A stored event as those who hear of it get it."""

    __slots__ = ("_event", "_payload")

    def __init__(self, event: Event) -> None:
        self._event = event
        self._payload: dict[str, Any] | None = None

    @property
    def kind(self) -> str:
        """Its name, `noun:verb`."""
        return self._event.kind

    @property
    def organisation_id(self) -> str | None:
        """Whose it is; None: the server's own."""
        return self._event.organisation_id

    @property
    def scope_id(self) -> str:
        """The id of the scope it is told in: a conversation's, a person's, or several with commas between."""
        return self._event.scope.partition(":")[2]

    @property
    def rooms(self) -> list[str]:
        """Each room that hears it."""
        return self._event.rooms

    @property
    def json(self) -> str:
        """The payload as it is sent."""
        return self._event.payload

    @property
    def payload(self) -> dict[str, Any]:
        """The payload, parsed when it is asked for the first time."""
        if self._payload is None:
            self._payload = orjson.loads(self._event.payload)
        return self._payload


Handler = Callable[[Heard], None]


class Hearing:
    """Calls each handler of an event's kind, in the order they were given. Handlers do not wait; what waits they start."""

    def __init__(self) -> None:
        self._handlers: dict[str, list[Handler]] = defaultdict(list)

    def hear(self, kind: str, handler: Handler) -> None:
        """Call a handler for each event of a kind, beside whoever hears of it already."""
        self._handlers[kind].append(handler)

    def tell(self, heard: Heard) -> None:
        """Give an event to whoever hears of its kind; one that fails is logged and stops nobody."""
        for handler in self._handlers.get(heard.kind, ()):
            try:
                handler(heard)
            except Exception:
                log.exception("who hears of %s failed", heard.kind)

    def tell_all(self, events: Iterable[Event]) -> None:
        """Give the events of a transaction, in order."""
        for event in events:
            if event.kind in self._handlers:
                self.tell(Heard(event))
