"""The media channel: the only way between the application and the media engine.

Messages are frozen dataclasses. The same set travels in-process, to a child process and to another host, in the form of
rtc.channel.message_form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from rtc.channel.events import MediaEvent
from rtc.channel.replies import Reply
from rtc.channel.requests import Request

Message = Request | Reply | MediaEvent


class MediaChannel(Protocol):
    """The only way to talk to the engine."""

    async def request(self, request: Request) -> Reply:
        """Send one request and await its reply.

        raises   core.errors.Refusal  codes rtc.*
        """
        ...

    def listen(self, handler: Callable[[MediaEvent], None]) -> None:
        """Call the handler, on the event loop, for every event from now on."""
        ...

    async def close(self) -> None:
        """End all rooms and workers."""
        ...
